SIM_SRC := tests/sim/sim.c tests/sim/sim_queue.c tests/sim/net.c tests/sim/trace.c
PROGRAMS += memb_sim
memb_sim_SRC := tests/sim/memb_sim.c tests/sim/memb_watch.c tests/sim/memb_faults.c tests/sim/memb_story.c tests/sim/memb_long.c \
	$(SIM_SRC)

RSC_SIM := tests/sim/world.c tests/sim/rsc_bus.c tests/sim/rsc_bus_node.c tests/sim/rsc_seat.c
PROGRAMS += rsc_vectors
rsc_vectors_SRC := tests/sim/rsc_vectors.c tests/sim/rsc_vectors_want.c tests/sim/rsc_vectors_ipfail.c \
	tests/sim/vector.c $(RSC_SIM)
PROGRAMS += rsc_swarm
rsc_swarm_SRC := tests/sim/rsc_swarm.c tests/sim/rsc_swarm_draw.c tests/sim/rsc_swarm_rules.c \
	tests/sim/rsc_old.c $(RSC_SIM)

PROGRAMS += node_swarm
node_swarm_SRC := tests/sim/node_swarm.c tests/sim/node_draw.c tests/sim/node_rules.c tests/sim/node_frames.c \
	tests/sim/cluster.c tests/sim/cluster_life.c tests/sim/world.c \
	$(SIM_SRC)
