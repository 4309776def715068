/* The server: accepts and holds connections, or leaves them in the queue; answers datagrams. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static int open_listener(const struct serve_options *options)
{
	int type = (options->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(options->listen.address.ss_family, type, 0);
	if (fd < 0)
		die("socket");
	int yes = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (options->udp) {
		/* Datagrams wait here while the others are answered. */
		int bytes = 8 << 20;
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	}
	if (bind(fd, (const struct sockaddr *)&options->listen.address, options->listen.length) < 0)
		die("bind");
	if (!options->udp && listen(fd, options->backlog) < 0)
		die("listen");
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl");
}

/* How often accept() said that there are no descriptors left. */
static int out_of_files;

/* Accepted connections are not watched: nothing is sent on them, and the kernel closes them with us. */
static void accept_all(int listener, bool close_at_once)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			if (close_at_once)
				close(fd);
			continue;
		}
		if (errno == EAGAIN)
			return;
		if (errno == EMFILE || errno == ENFILE) {
			out_of_files++;
			/* Out of descriptors: the queue fills behind us, which is what such a scenario wants. A
			 * server that spun here would only slow the others on an emulated processor. */
			usleep(10000);
			return;
		}
		if (errno != ECONNABORTED && errno != EINTR)
			die("accept");
	}
}

static void answer_all(int fd)
{
	char byte[64];
	struct sockaddr_storage peer;
	socklen_t length = sizeof(peer);
	ssize_t size;
	while ((size = recvfrom(fd, byte, sizeof(byte), 0, (struct sockaddr *)&peer, &length)) >= 0) {
		sendto(fd, byte, (size_t)size, 0, (const struct sockaddr *)&peer, length);
		length = sizeof(peer);
	}
}

int serve(const struct serve_options *options)
{
	int stop = open_stop_signal();
	int listener = open_listener(options);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		die("epoll_create1");
	watch(epoll, stop);
	if (!options->no_accept)
		watch(epoll, listener);
	if (stdin_can_stop())
		watch(epoll, STDIN_FILENO);

	/* Whoever waits for the server waits for this line. */
	puts("listening");
	fflush(stdout);
	for (;;) {
		struct epoll_event event;
		int ready = epoll_wait(epoll, &event, 1, -1);
		if (ready < 0 && errno != EINTR)
			die("epoll_wait");
		if (ready <= 0)
			continue;
		if (event.data.fd != listener) {
			if (!options->udp)
				printf("{\"outOfFiles\":%d}\n", out_of_files);
			return 0;
		}
		if (options->udp)
			answer_all(listener);
		else
			accept_all(listener, options->close_at_once);
	}
}
