/* Threads that wait in accept(2) or connect(2) for ever, as those of a thread-per-connection server do. */
#include "load.h"

#include <pthread.h>
#include <string.h>
#include <sys/un.h>

/* A listener of our own that no client of the test reaches; its queue takes one connection. */
static struct sockaddr_un place;
static socklen_t place_length;
static int place_listener;

static void *wait_in_accept(void *unused)
{
	while (accept(place_listener, NULL, NULL) < 0)
		;
	return unused;
}

static void *wait_in_connect(void *unused)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	while (fd >= 0 && connect(fd, (const struct sockaddr *)&place, place_length) < 0)
		;
	return unused;
}

void start_waiters(int count, bool in_connect)
{
	if (count == 0)
		return;
	place_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un none = { .sun_family = AF_UNIX };
	/* Without a name the kernel gives it one. */
	if (place_listener < 0 || bind(place_listener, (const struct sockaddr *)&none, sizeof(none.sun_family)) < 0)
		die("bind");
	place_length = sizeof(place);
	if (getsockname(place_listener, (struct sockaddr *)&place, &place_length) < 0 || listen(place_listener, 0) < 0)
		die("listen");

	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 128 << 10);
	for (int started = 0; started < count; started++) {
		pthread_t thread;
		if (pthread_create(&thread, &attributes, in_connect ? wait_in_connect : wait_in_accept, NULL) != 0)
			die("pthread_create");
	}
	pthread_attr_destroy(&attributes);
}
