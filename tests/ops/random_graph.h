/* random_graph.h: networks that nobody would write, for what ops do to each other: shared loops, memory used again, views, layers. */
#ifndef RANDOM_GRAPH_H
#define RANDOM_GRAPH_H

#include "specs.h"

/* The same graph for the same seed. specs: of all ops, for attributes and shapes. Leaves draw from -1 .. 1. */
struct graph *random_graph(struct arena *a, const struct specs *specs, unsigned seed, const char *graph_name);
#endif
