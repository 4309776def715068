/* Stands where an intrusion prevention system stands: takes the packets of an NFQUEUE, holds each for a while, and
 * lets it go on. A SYN that is held longer than its sender waits meets its own copy when both go on, which is the
 * clash of two new flows that a busy host has by chance.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As many as the kernel keeps in a queue when it is told nothing else. */
#define MAX_HELD 1024

static struct {
	uint32_t id;
	uint64_t until_ms;
} held[MAX_HELD];
static unsigned first, last;
static unsigned passed;

/* One message with one attribute, as all of this protocol's that are needed here are. */
static void tell(int fd, int queue, int message, int attribute, const void *value, size_t size)
{
	struct {
		struct nlmsghdr header;
		struct nfgenmsg about;
		struct nlattr attribute;
		unsigned char value[16];
	} request = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg)) + NLA_ALIGN(NLA_HDRLEN + size),
		            .nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | message),
		            .nlmsg_flags = NLM_F_REQUEST },
		.about = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons((uint16_t)queue) },
		.attribute = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = (uint16_t)attribute },
	};
	memcpy(request.value, value, size);
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		die("send to netlink");
}

static void bind_queue(int fd, int queue)
{
	struct nfqnl_msg_config_cmd bind = { .command = NFQNL_CFG_CMD_BIND };
	/* The packets' bytes are of no interest. */
	struct nfqnl_msg_config_params params = { .copy_mode = NFQNL_COPY_META };
	tell(fd, queue, NFQNL_MSG_CONFIG, NFQA_CFG_CMD, &bind, sizeof(bind));
	tell(fd, queue, NFQNL_MSG_CONFIG, NFQA_CFG_PARAMS, &params, sizeof(params));
}

static void take(const struct nlmsghdr *message, int delay_ms)
{
	const struct nlattr *attribute = (const void *)((const char *)NLMSG_DATA(message) + sizeof(struct nfgenmsg));
	const char *end = (const char *)message + message->nlmsg_len;
	while ((const char *)attribute + NLA_HDRLEN <= end && attribute->nla_len >= NLA_HDRLEN) {
		if ((attribute->nla_type & NLA_TYPE_MASK) == NFQA_PACKET_HDR) {
			const struct nfqnl_msg_packet_hdr *packet = (const void *)((const char *)attribute + NLA_HDRLEN);
			held[last % MAX_HELD].id = packet->packet_id;
			held[last % MAX_HELD].until_ms = now_ms() + (uint64_t)delay_ms;
			last++;
			return;
		}
		attribute = (const void *)((const char *)attribute + NLA_ALIGN(attribute->nla_len));
	}
}

static void let_go(int fd, int queue)
{
	for (; first != last && held[first % MAX_HELD].until_ms <= now_ms(); first++) {
		struct nfqnl_msg_verdict_hdr verdict = { .verdict = htonl(NF_ACCEPT), .id = held[first % MAX_HELD].id };
		tell(fd, queue, NFQNL_MSG_VERDICT, NFQA_VERDICT_HDR, &verdict, sizeof(verdict));
		passed++;
	}
}

int hold(int queue, int delay_ms)
{
	static char buffer[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	int stop = open_stop_signal();
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("netlink");
	bind_queue(fd, queue);

	puts("holding");
	fflush(stdout);
	for (;;) {
		struct pollfd waits[] = { { .fd = fd, .events = POLLIN }, { .fd = stop, .events = POLLIN } };
		uint64_t now = now_ms(), due = held[first % MAX_HELD].until_ms;
		int timeout = first == last ? -1 : due <= now ? 0 : (int)(due - now);
		if (poll(waits, 2, timeout) < 0 && errno != EINTR)
			die("poll");
		if (waits[1].revents) {
			printf("{\"passed\":%u}\n", passed);
			return 0;
		}
		if (waits[0].revents) {
			int size = (int)recv(fd, buffer, sizeof(buffer), 0);
			if (size < 0)
				die("recv from netlink");
			const struct nlmsghdr *message = (const void *)buffer;
			for (; NLMSG_OK(message, (unsigned)size); message = NLMSG_NEXT(message, size)) {
				if (message->nlmsg_type == NLMSG_ERROR) {
					errno = -((const struct nlmsgerr *)NLMSG_DATA(message))->error;
					if (errno != 0)
						die("the kernel refuses the queue");
				} else
					take(message, delay_ms);
			}
		}
		let_go(fd, queue);
	}
}
