/* The process and its surroundings: limits, being told to stop, time, giving up. */
#include "load.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static unsigned long most_files(void)
{
	unsigned long files = 1048576;
	FILE *file = fopen("/proc/sys/fs/nr_open", "r");
	if (file) {
		if (fscanf(file, "%lu", &files) != 1)
			files = 1048576;
		fclose(file);
	}
	return files;
}

void limit_files(unsigned long files)
{
	struct rlimit limit = { .rlim_cur = files, .rlim_max = files };
	if (files == 0)
		limit.rlim_cur = limit.rlim_max = most_files();
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	if (files != 0)
		die("setrlimit");
	/* Not allowed to raise the hard limit: take what there is. */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("setrlimit");
}

int open_stop_signal(void)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	/* Blocked, so that they wait in the descriptor. */
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		die("sigprocmask");
	int fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd");
	return fd;
}

bool stdin_can_stop(void)
{
	struct stat status;
	return fstat(STDIN_FILENO, &status) == 0 && (S_ISFIFO(status.st_mode) || isatty(STDIN_FILENO));
}

uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

void die_usage(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	exit(64);
}
