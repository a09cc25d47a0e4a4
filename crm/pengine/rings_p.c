/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines that change places wait for one another's room (spec 12.13): of such a ring some
 * move at once.  The last of the graph is looked at first; who would wait for itself does not
 * wait for room.
 */
#include "crm/pengine/private.h"

enum { FRESH = 0, OPEN = -1, DONE = -2 }; /* of a walk; above: a mark */

struct frame {
	struct action *action;
	size_t next;
};

/* Work that is left, on a list of our own, as chains of inputs may be of any length. */
struct walk {
	struct frame *frame;
	size_t frame_count, frame_room;
};

static void
enter(struct pe *pe, struct walk *walk, struct action *a, int mark)
{
	a->walk = mark;
	ARENA_PUSH(&pe->arena, walk, frame, ((struct frame){ .action = a }));
}

/* Whether an action that can be reached from the last of WALK waits for itself. */
static bool
any_ring(struct pe *pe, struct walk *walk)
{
	while (walk->frame_count) {
		struct frame *top = &walk->frame[walk->frame_count - 1];

		if (top->next >= top->action->input_count) {
			top->action->walk = DONE;
			walk->frame_count--;
			continue;
		}
		struct action *a = top->action->input[top->next++];

		if (a->walk == OPEN)
			return true;
		if (a->walk != DONE)
			enter(pe, walk, a, OPEN);
	}
	return false;
}

/* Whether FIRST comes, by whatever way, after ACTION. */
static bool
comes_after(struct pe *pe, struct walk *walk, struct action *first,
    const struct action *action)
{
	walk->frame_count = 0;
	enter(pe, walk, first, action->id);
	while (walk->frame_count) {
		const struct action *a = walk->frame[--walk->frame_count].action;

		if (a == action)
			return true;
		for (size_t i = 0; i < a->input_count; i++)
			if (a->input[i]->walk != action->id)
				enter(pe, walk, a->input[i], action->id);
	}
	return false;
}

static void
room_forget(struct pe *pe, struct walk *walk, struct action *a)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->input_count; i++) {
		struct action *first = a->input[i];
		bool room = first->node && first->node->load_stopped == first;

		if (!room || !comes_after(pe, walk, first, a))
			a->input[kept++] = first;
	}
	a->input_count = kept;
}

void
rings_break_p(struct pe *pe)
{
	struct walk walk = { 0 };
	bool found = false;

	if (pe->opt.placement == PLACE_DEFAULT)
		return;
	for (size_t i = 0; i < pe->written_count; i++)
		pe->written[i]->walk = FRESH;
	for (size_t i = 0; i < pe->written_count && !found; i++)
		if (pe->written[i]->walk == FRESH) {
			enter(pe, &walk, pe->written[i], OPEN);
			found = any_ring(pe, &walk);
		}
	for (size_t i = pe->written_count; found && i-- > 0;)
		room_forget(pe, &walk, pe->written[i]);
}
