/* The client: opens many connections, counts what became of each, and holds those that stand.
 *
 * A UDP "connection" stands when its first datagram was answered, an ICMP one when its echo came back.
 */
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ERRNOS 256

/* How long an attempt counts towards the burst. Few at a time matters when a table fills up: flows whose
 * handshake is still under way may be evicted for new ones, and then more connects succeed than the table
 * holds. An attempt that is not answered in this time will hardly be. */
#define FRESH_MS 20

struct attempt {
	int fd;
	bool pending;
	/* It stands, and waits for the answer. */
	bool asked;
	uint64_t began;
};

struct client {
	const struct connect_options *options;
	int epoll;
	struct attempt *attempts;
	int started;
	int pending;
	/* All before this one are settled: every attempt has the same time, so it runs out in the order of
	 * starting. */
	int oldest;
	/* All before this one are settled or no longer fresh. */
	int freshest;
	int succeeded;
	int timed_out;
	int failed[ERRNOS];
};

static void settle(struct client *client, struct attempt *attempt, bool hold)
{
	if (attempt->pending)
		client->pending--;
	attempt->pending = false;
	if (hold) {
		epoll_ctl(client->epoll, EPOLL_CTL_DEL, attempt->fd, NULL);
	} else {
		close(attempt->fd);
		attempt->fd = -1;
	}
}

static void succeed(struct client *client, struct attempt *attempt)
{
	client->succeeded++;
	settle(client, attempt, !client->options->close_at_once);
}

static void fail(struct client *client, struct attempt *attempt, int error)
{
	client->failed[error < ERRNOS ? error : 0]++;
	settle(client, attempt, false);
}

/* Leaves the choice of a port to connect(), which may reuse one towards another destination, unless told otherwise. */
static bool bind_source(const struct connect_options *options, int fd, int index)
{
	struct endpoint any = { .address.ss_family = options->to.address.ss_family, .length = options->to.length };
	const struct endpoint *source = &any;
	int no_port = !options->bind_first;
	if (options->source_count > 0)
		source = &options->sources[index % options->source_count];
	else if (no_port)
		return true;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &no_port, sizeof(no_port));
	return bind(fd, (const struct sockaddr *)&source->address, source->length) == 0;
}

static int open_socket(const struct connect_options *options)
{
	int family = options->to.address.ss_family;
	int type = (options->udp || options->icmp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	if (!options->icmp)
		return socket(family, type, 0);
	return socket(family, type, family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
}

/* What is sent first where connect() sends nothing; the kernel fills in the checksum and the identifier. */
static bool ask(const struct connect_options *options, int fd)
{
	if (options->udp)
		return send(fd, "?", 1, 0) == 1;
	char echo[8] = { options->to.address.ss_family == AF_INET6 ? (char)128 : 8 };
	return !options->icmp || send(fd, echo, sizeof(echo), 0) == sizeof(echo);
}

static void start(struct client *client)
{
	const struct connect_options *options = client->options;
	int index = client->started++;
	struct attempt *attempt = &client->attempts[index];
	attempt->fd = open_socket(options);
	if (options->reset) {
		/* Closing then sends RST, wherever it is closed. */
		struct linger now = { .l_onoff = 1 };
		setsockopt(attempt->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	if (attempt->fd < 0 || !bind_source(options, attempt->fd, index)) {
		fail(client, attempt, errno);
		return;
	}
	if (connect(attempt->fd, (const struct sockaddr *)&options->to.address, options->to.length) < 0 &&
	    errno != EINPROGRESS) {
		fail(client, attempt, errno);
		return;
	}
	if (!ask(options, attempt->fd)) {
		fail(client, attempt, errno);
		return;
	}

	attempt->pending = true;
	attempt->began = now_ms();
	client->pending++;
	bool answered = options->udp || options->icmp;
	struct epoll_event event = { .events = answered ? EPOLLIN : EPOLLOUT, .data.u64 = (uint64_t)index };
	if (epoll_ctl(client->epoll, EPOLL_CTL_ADD, attempt->fd, &event) < 0)
		die("epoll_ctl");
}

/* Fills the buffers of this side and of the peer, which need not read. */
static void send_bytes(int fd, int bytes)
{
	static char data[1 << 16];
	if (bytes == 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	while (bytes > 0) {
		size_t size = bytes < (int)sizeof(data) ? (size_t)bytes : sizeof(data);
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		bytes -= (int)sent;
	}
}

static void wait_for_answer(struct client *client, struct attempt *attempt)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = (uint64_t)(attempt - client->attempts) };
	attempt->asked = true;
	if (send(attempt->fd, "?", 1, MSG_NOSIGNAL) < 0)
		fail(client, attempt, errno);
	else if (epoll_ctl(client->epoll, EPOLL_CTL_MOD, attempt->fd, &event) < 0)
		die("epoll_ctl");
}

static void take_answer(struct client *client, struct attempt *attempt)
{
	char byte;
	ssize_t size = recv(attempt->fd, &byte, 1, MSG_DONTWAIT);
	if (size == 1)
		succeed(client, attempt);
	else
		/* An end without an answer is told as the reset that it is as good as. */
		fail(client, attempt, size == 0 ? ECONNRESET : errno);
}

static void finish(struct client *client, struct attempt *attempt)
{
	if (attempt->asked) {
		take_answer(client, attempt);
		return;
	}
	int error = 0;
	socklen_t length = sizeof(error);
	getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &length);
	if (error) {
		fail(client, attempt, error);
	} else if (client->options->ask) {
		wait_for_answer(client, attempt);
	} else {
		send_bytes(attempt->fd, client->options->send);
		succeed(client, attempt);
	}
}

static void expire(struct client *client, uint64_t now)
{
	for (; client->oldest < client->started; client->oldest++) {
		struct attempt *attempt = &client->attempts[client->oldest];
		if (!attempt->pending)
			continue;
		if (now < attempt->began + (uint64_t)client->options->timeout_ms)
			return;
		client->timed_out++;
		settle(client, attempt, false);
	}
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* How many more may be started now. */
static int allowed(struct client *client, uint64_t now, uint64_t elapsed)
{
	const struct connect_options *options = client->options;
	for (; client->freshest < client->started; client->freshest++) {
		const struct attempt *attempt = &client->attempts[client->freshest];
		if (attempt->pending && now < attempt->began + FRESH_MS)
			break;
	}
	int most = options->count - client->started;
	most = least(most, options->concurrency - client->pending);
	most = least(most, options->burst - (client->started - client->freshest));
	if (options->rate > 0) {
		int due = 1 + (int)(elapsed * (uint64_t)options->rate / 1000);
		most = least(most, due - client->started);
	}
	return most;
}

static void run(struct client *client, uint64_t began)
{
	const struct connect_options *options = client->options;
	struct epoll_event events[256];
	while (client->started < options->count || client->pending > 0) {
		uint64_t now = now_ms();
		for (int more = allowed(client, now, now - began); more > 0; more--)
			start(client);

		/* In short naps, because nothing tells when the next may start. */
		int ready = epoll_wait(client->epoll, events, 256, 2);
		if (ready < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < ready; i++)
			finish(client, &client->attempts[events[i].data.u64]);
		expire(client, now_ms());
	}
}

static void print_result(const struct client *client, uint64_t elapsed)
{
	printf("{\"attempted\":%d,\"succeeded\":%d,\"timedOut\":%d,\"failed\":{", client->started,
	       client->succeeded, client->timed_out);
	const char *separator = "";
	for (int error = 0; error < ERRNOS; error++) {
		if (client->failed[error] == 0)
			continue;
		const char *name = strerrorname_np(error);
		printf("%s\"%s\":%d", separator, name ? name : "unknown", client->failed[error]);
		separator = ",";
	}
	printf("},\"elapsedMs\":%" PRIu64 "}\n", elapsed);
	fflush(stdout);
}

static void wait_for_stop(int stop)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	epoll_ctl(epoll, EPOLL_CTL_ADD, stop, &event);
	if (stdin_can_stop())
		epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
	while (epoll_wait(epoll, &event, 1, -1) < 0 && errno == EINTR)
		;
}

int connect_all(const struct connect_options *options)
{
	struct client client = { .options = options };
	int stop = open_stop_signal();
	client.attempts = calloc((size_t)options->count, sizeof(*client.attempts));
	client.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!client.attempts || client.epoll < 0)
		die("setting up");

	start_waiters(options->waiters, true);
	uint64_t began = now_ms();
	run(&client, began);
	print_result(&client, now_ms() - began);
	wait_for_stop(stop);
	return 0;
}
