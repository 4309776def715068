/* A program at an NFQUEUE that binds its queue and never decides: packets wait until the queue is full. */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct request {
	struct nlmsghdr header;
	struct nfgenmsg family;
	struct nlattr attribute;
	union {
		struct nfqnl_msg_config_cmd command;
		struct nfqnl_msg_config_params params;
		uint32_t length;
	} value;
} __attribute__((packed));

/* Sends one setting of the queue and waits until the kernel has taken it. */
static void configure(int fd, int number, uint16_t type, const void *value, size_t size)
{
	struct request request = {
		.header = { .nlmsg_type = (NFNL_SUBSYS_QUEUE << 8) | NFQNL_MSG_CONFIG,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			    .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg)) +
						    NLA_HDRLEN + NLA_ALIGN(size)) },
		.family = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons((uint16_t)number) },
		.attribute = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type },
	};
	memcpy(&request.value, value, size);
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		die("send to nfnetlink_queue");
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	if (recv(fd, &answer, sizeof(answer), 0) < 0)
		die("recv from nfnetlink_queue");
	errno = -answer.error.error;
	if (answer.header.nlmsg_type == NLMSG_ERROR && errno != 0)
		die("configure the queue");
}

int hold_queue(int number, int length)
{
	int stop = open_stop_signal();
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	struct sockaddr_nl own = { .nl_family = AF_NETLINK };
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)
		die("netlink socket");
	struct nfqnl_msg_config_cmd bind_queue = { .command = NFQNL_CFG_CMD_BIND, .pf = htons(AF_INET) };
	configure(fd, number, NFQA_CFG_CMD, &bind_queue, sizeof(bind_queue));
	uint32_t most = htonl((uint32_t)length);
	configure(fd, number, NFQA_CFG_QUEUE_MAXLEN, &most, sizeof(most));
	/* From here on packets are queued. */
	struct nfqnl_msg_config_params params = { .copy_range = htonl(64), .copy_mode = NFQNL_COPY_PACKET };
	configure(fd, number, NFQA_CFG_PARAMS, &params, sizeof(params));
	printf("holding queue %d\n", number);
	fflush(stdout);
	char buffer[128];
	while (read(stop, buffer, sizeof(buffer)) < 0 && errno == EINTR)
		;
	return 0;
}
