/* Another thread writes into the memory that the result is handed over in, all the time. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <mosaic.h>

static volatile int started;

static void *scribble(void *start)
{
	volatile char *p = start;
	for (unsigned long i = 1;; i = i * 6364136223846793005u + 1442695040888963407u) {
		p[(i >> 33) % 20000] = (char)(i >> 56);
		started = 1;
	}
	return NULL;
}

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	char line[512];
	unsigned long start, end;
	pthread_t thread;
	FILE *maps = fopen("/proc/self/maps", "r");
	while (!started && maps && fgets(line, sizeof line, maps)) {
		if (strstr(line, "rw-s") && sscanf(line, "%lx-%lx", &start, &end) == 2) {
			pthread_create(&thread, NULL, scribble, (void *)start);
			while (!started)
				usleep(100);
		}
	}
	return nn_linear(x, self->width);
}
