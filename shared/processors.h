/* How many processors this process may use. */
#ifndef ORDERDECK_SHARED_PROCESSORS_H
#define ORDERDECK_SHARED_PROCESSORS_H

/* Those it may run on (sched_getaffinity), and no more than the quotas of its control group and of those around it allow
 * at a time, rounded up (cpu.max; the kernel's admin guide, "Control Group v2"). At least 1. A container on a large
 * machine is given two of its 64 processors that way. Any thread; reads files. */
int processors_usable(void);

/* The quota alone: `membership` is a file as /proc/self/cgroup, `mount` where the tree of groups is. `most` when there is
 * none, or none that can be read. */
int processors_quota(const char *membership, const char *mount, int most);

#endif
