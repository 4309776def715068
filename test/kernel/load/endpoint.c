/* Addresses as people write them. */
#include "load.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool parse_parts(const char *address, unsigned long port, struct endpoint *endpoint)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&endpoint->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&endpoint->address;
	memset(endpoint, 0, sizeof(*endpoint));
	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		endpoint->length = sizeof(*v4);
		return true;
	}
	if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		endpoint->length = sizeof(*v6);
		return true;
	}
	return false;
}

bool parse_address(const char *text, struct endpoint *endpoint)
{
	return parse_parts(text, 0, endpoint);
}

bool parse_endpoint(const char *text, struct endpoint *endpoint)
{
	char address[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(text, ':');
	if (!colon || (size_t)(colon - text) >= sizeof(address))
		return false;

	char *end;
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || port == 0 || port > 65535)
		return false;

	size_t length = (size_t)(colon - text);
	memcpy(address, text, length);
	address[length] = '\0';
	if (address[0] != '[')
		return parse_parts(address, port, endpoint);
	if (address[length - 1] != ']')
		return false;
	address[length - 1] = '\0';
	return parse_parts(address + 1, port, endpoint);
}
