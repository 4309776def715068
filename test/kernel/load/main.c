/* load: a server and a client that make many connections, for the kernel tests.
 *
 *	load serve --listen ADDRESS:PORT [--udp] [--backlog N] [--no-accept] [--close] [--nofile N]
 *	           [--max-held N] [--answer] [--fork|--thread] [--waiters N] [--receive-buffer BYTES]
 *	load connect --to ADDRESS:PORT [--udp|--icmp] [--from A,B,...] [--count N] [--timeout-ms N]
 *	             [--concurrency N] [--burst N] [--rate N] [--close] [--reset] [--nofile N]
 *	             [--send BYTES] [--ask] [--waiters N] [--bind-first]
 *	load queue --number N [--length N]
 *	load program --pin PATH --port N [--xdp]
 *
 * The server prints how often it was out of descriptors, and out of processes or threads, when it is stopped.
 * The client prints one line of JSON when every attempt is settled. Both then go on until SIGTERM or
 * SIGINT, or until standard input closes where it is a pipe or a terminal.
 */
#include "load.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct option names[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "to", required_argument, NULL, 't' },
	{ "from", required_argument, NULL, 'f' },
	{ "udp", no_argument, NULL, 'u' },
	{ "icmp", no_argument, NULL, 'i' },
	{ "backlog", required_argument, NULL, 'b' },
	{ "no-accept", no_argument, NULL, 'a' },
	{ "close", no_argument, NULL, 'x' },
	{ "nofile", required_argument, NULL, 'n' },
	{ "count", required_argument, NULL, 'c' },
	{ "timeout-ms", required_argument, NULL, 'm' },
	{ "concurrency", required_argument, NULL, 'p' },
	{ "burst", required_argument, NULL, 'B' },
	{ "reset", no_argument, NULL, 'R' },
	{ "rate", required_argument, NULL, 'r' },
	{ "max-held", required_argument, NULL, 'h' },
	{ "answer", no_argument, NULL, 'A' },
	{ "fork", no_argument, NULL, 'F' },
	{ "thread", no_argument, NULL, 'T' },
	{ "send", required_argument, NULL, 's' },
	{ "ask", no_argument, NULL, 'q' },
	{ "waiters", required_argument, NULL, 'w' },
	{ "bind-first", no_argument, NULL, 'P' },
	{ "receive-buffer", required_argument, NULL, 'S' },
	{ "number", required_argument, NULL, 'N' },
	{ "length", required_argument, NULL, 'L' },
	{ "pin", required_argument, NULL, 'z' },
	{ "port", required_argument, NULL, 'N' },
	{ "xdp", no_argument, NULL, 'X' },
	{ NULL, 0, NULL, 0 },
};

static int parse_number(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);
	if (*text == '\0' || *end != '\0' || number < 0 || number > 100000000)
		die_usage("a number was expected");
	return (int)number;
}

static void parse_sources(char *list, struct connect_options *options)
{
	for (char *text = strtok(list, ","); text; text = strtok(NULL, ",")) {
		if (options->source_count == MAX_SOURCES)
			die_usage("too many source addresses");
		if (!parse_address(text, &options->sources[options->source_count++]))
			die_usage("--from takes addresses with commas between them");
	}
}

int main(int argc, char **argv)
{
	struct serve_options serving = { .backlog = 4096, .receive_buffer = 8 << 20 };
	struct connect_options connecting = { .count = 1, .timeout_ms = 3000, .concurrency = 64, .burst = 8 };
	unsigned long files = 0;
	int number = -1, length = 1024;
	const char *pin = NULL;
	bool xdp = false;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (option) {
		case 'l':
			if (!parse_endpoint(optarg, &serving.listen))
				die_usage("--listen takes ADDRESS:PORT");
			break;
		case 't':
			if (!parse_endpoint(optarg, &connecting.to))
				die_usage("--to takes ADDRESS:PORT");
			break;
		case 'f':
			parse_sources(optarg, &connecting);
			break;
		case 'u':
			serving.udp = connecting.udp = true;
			break;
		case 'i':
			connecting.icmp = true;
			break;
		case 'b':
			serving.backlog = parse_number(optarg);
			break;
		case 'a':
			serving.no_accept = true;
			break;
		case 'x':
			serving.close_at_once = connecting.close_at_once = true;
			break;
		case 'n':
			files = (unsigned long)parse_number(optarg);
			break;
		case 'c':
			connecting.count = parse_number(optarg);
			break;
		case 'm':
			connecting.timeout_ms = parse_number(optarg);
			break;
		case 'p':
			connecting.concurrency = parse_number(optarg);
			break;
		case 'B':
			connecting.burst = parse_number(optarg);
			break;
		case 'R':
			connecting.reset = true;
			break;
		case 'r':
			connecting.rate = parse_number(optarg);
			break;
		case 'h':
			serving.max_held = parse_number(optarg);
			break;
		case 'A':
			serving.answer = true;
			break;
		case 'F':
			serving.fork = true;
			break;
		case 'T':
			serving.thread = true;
			break;
		case 's':
			connecting.send = parse_number(optarg);
			break;
		case 'q':
			connecting.ask = true;
			break;
		case 'w':
			serving.waiters = connecting.waiters = parse_number(optarg);
			break;
		case 'P':
			connecting.bind_first = true;
			break;
		case 'S':
			serving.receive_buffer = parse_number(optarg);
			break;
		case 'N':
			number = parse_number(optarg);
			break;
		case 'L':
			length = parse_number(optarg);
			break;
		case 'z':
			pin = optarg;
			break;
		case 'X':
			xdp = true;
			break;
		default:
			return 64;
		}
	}

	limit_files(files);
	const char *command = optind == argc - 1 ? argv[optind] : "";
	if (strcmp(command, "serve") == 0 && serving.listen.length > 0)
		return serve(&serving);
	if (strcmp(command, "connect") == 0 && connecting.to.length > 0)
		return connect_all(&connecting);
	if (strcmp(command, "queue") == 0 && number >= 0)
		return hold_queue(number, length);
	if (strcmp(command, "program") == 0 && pin && number >= 0)
		return pin_program(pin, xdp, number);
	die_usage("say `serve --listen ADDRESS:PORT`, `connect --to ADDRESS:PORT`, `queue --number N` or `program --pin PATH --port N`");
}
