/* What the parts of the load generator share. */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 or IPv6 address with its port. */
struct endpoint {
	struct sockaddr_storage address;
	socklen_t length;
};

struct serve_options {
	struct endpoint listen;
	bool udp;
	int backlog;
	/* Leaves every connection in the accept queue. */
	bool no_accept;
	/* Closes what it accepted at once, instead of holding it. */
	bool close_at_once;
	/* Holds this many and closes all further ones at once; 0 holds all. */
	int max_held;
	/* Sends back what it is sent, and closes when the peer does. */
	bool answer;
	/* Gives every connection a process or a thread of its own; one that cannot be had is closed. */
	bool fork;
	bool thread;
	/* Threads that wait in accept() at a listener of their own. */
	int waiters;
	/* Bytes of datagrams that may wait. */
	int receive_buffer;
};

#define MAX_SOURCES 64

struct connect_options {
	struct endpoint to;
	bool udp;
	bool icmp;
	/* Used in turn; with none the kernel chooses. */
	struct endpoint sources[MAX_SOURCES];
	int source_count;
	int count;
	/* How long one attempt may take. */
	int timeout_ms;
	/* Attempts under way at once. */
	int concurrency;
	/* Attempts begun in the last FRESH_MS and not answered yet. */
	int burst;
	/* Attempts started a second; 0 is as many as go. */
	int rate;
	/* Closes each connection once it stands, instead of holding it. */
	bool close_at_once;
	/* Ends connections by RST instead of FIN. */
	bool reset;
	/* Bytes sent once a connection stands, as far as the buffers take them. */
	int send;
	/* Sends a byte once a connection stands, which then waits for the answer. */
	bool ask;
	/* Threads that wait in connect() at a listener of their own. */
	int waiters;
	/* Takes a port by bind(), instead of leaving the choice to connect(). */
	bool bind_first;
};

/* They return the exit code of the program. */
int serve(const struct serve_options *options);
int connect_all(const struct connect_options *options);
int hold_queue(int number, int length);
int pin_program(const char *path, bool xdp, int port);

/* "10.0.0.1:80", "[fd00::1]:80"; false when it is neither. */
bool parse_endpoint(const char *text, struct endpoint *endpoint);
/* "10.0.0.1", "fd00::1": port 0. */
bool parse_address(const char *text, struct endpoint *endpoint);

/* Starts a process or a thread that lives until the server ends; false when it cannot be had. */
bool start_process(void);
bool start_thread(void);

/* Threads that wait in accept(2), or in connect(2), until the program ends. */
void start_waiters(int count, bool in_connect);

/* Sets RLIMIT_NOFILE, soft and hard; 0 asks for as many as the kernel grants. */
void limit_files(unsigned long files);

/* A descriptor that becomes readable when the program is told to stop by SIGTERM or SIGINT. */
int open_stop_signal(void);
/* Standard input closing means stop only where it is a pipe or a terminal: a background job of a shell has
 * /dev/null there, which is at its end from the start. */
bool stdin_can_stop(void);

uint64_t now_ms(void);
_Noreturn void die(const char *what);
_Noreturn void die_usage(const char *what);

#endif
