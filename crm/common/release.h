/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose place we take: what programs and scripts of today ask for, and what documents say of their writer. */
#ifndef CRM_COMMON_RELEASE_H
#define CRM_COMMON_RELEASE_H

#define CRM_RELEASE "2.1.5"               /* of pacemaker: --version */
#define CRM_FEATURE_SET "3.16.1"          /* crm_feature_set of what is written */
#define CRM_NEWEST_SCHEMA "pacemaker-3.9" /* validate-with of what is made anew */
#define CRM_XML_API "2.25"                /* api-version of --output-as=xml */

#endif
