/* How many processors this process may use. */
#ifndef ORDERDECK_SHARED_PROCESSORS_H
#define ORDERDECK_SHARED_PROCESSORS_H

/* Those it may run on (sched_getaffinity), and no more than the quotas of its control group and of those around it allow
 * at a time, rounded up (the kernel's admin guide: cpu.max of "Control Group v2", cpu.cfs_quota_us of "CFS Bandwidth
 * Control"). At least 1. A container on a large machine is given two of its 64 processors that way. Any thread; reads
 * files. */
int processors_usable(void);

/* The quotas alone: the groups are those of /proc/self/cgroup, and where their trees are mounted /proc/self/mountinfo
 * says, both under the folder `root` ("" for the machine's own), as the trees are. `most` when there is none, or none
 * that can be read. */
int processors_quota(const char *root, int most);

#endif
