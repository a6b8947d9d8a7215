/* main.c: main() of every trainer. The rest of the runtime is also linked into mosaicc, which has its own. */
#include "driver.h"

int main(int argc, char **argv)
{
	return trainer_main(&mosaic_program, argc, argv);
}
