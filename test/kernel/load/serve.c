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
		int bytes = options->receive_buffer;
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

/* How often accept() said that there are no descriptors left, or no memory for one. */
static int out_of_files;
/* How often no process or thread could be had. */
static int out_of_tasks;
static int held;

/* Whether an accepted connection is to be held. */
static bool keep(const struct serve_options *options)
{
	if (options->close_at_once || (options->max_held > 0 && held >= options->max_held))
		return false;
	if ((options->fork && !start_process()) || (options->thread && !start_thread())) {
		out_of_tasks++;
		return false;
	}
	return true;
}

/* Accepted connections are watched only to answer: else nothing is sent on them, and the kernel closes them with
 * us. */
static void accept_all(const struct serve_options *options, int listener, int epoll)
{
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			if (!keep(options)) {
				close(fd);
				continue;
			}
			held++;
			if (options->answer)
				watch(epoll, fd);
			continue;
		}
		if (errno == EAGAIN)
			return;
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
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

/* Sends back what came on one connection; the end of the peer is the end of it. */
static void answer_one(int fd)
{
	char bytes[512];
	for (;;) {
		ssize_t size = read(fd, bytes, sizeof(bytes));
		if (size < 0 && errno == EAGAIN)
			return;
		if (size <= 0 || send(fd, bytes, (size_t)size, MSG_NOSIGNAL) < 0) {
			held--;
			close(fd);
			return;
		}
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

	start_waiters(options->waiters, false);
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
		if (event.data.fd == stop || event.data.fd == STDIN_FILENO) {
			if (!options->udp)
				printf("{\"outOfFiles\":%d,\"outOfTasks\":%d}\n", out_of_files, out_of_tasks);
			return 0;
		}
		if (event.data.fd != listener)
			answer_one(event.data.fd);
		else if (options->udp)
			answer_all(listener);
		else
			accept_all(options, listener, epoll);
	}
}
