/* A process or a thread for a connection, as some servers have. */
#include "load.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

bool start_process(void)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid > 0;
	/* The stop signals are blocked here: the end of the server ends us. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void *wait_for_ever(void *unused)
{
	while (pause() < 0)
		;
	return unused;
}

bool start_thread(void)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 128 << 10);
	pthread_t thread;
	int error = pthread_create(&thread, &attributes, wait_for_ever, NULL);
	pthread_attr_destroy(&attributes);
	return error == 0;
}
