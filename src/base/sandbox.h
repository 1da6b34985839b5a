/* sandbox.h: giving up rights, and starting those who will.
 *
 * Every process of Hanji that meets hostile bytes starts in the same order: open what it needs,
 * give up the rest (the functions here), then loop. What the kernel does not offer is reported, not
 * passed over: the caller decides whether to go on, and says so. */
#pragma once

#include "base/base.h"

/* No core file, no ptrace by our own user, no new rights through exec: for a process that will hold
 * secrets or hostile bytes. fails: ERR_IO. */
err sandbox_no_dump(void) MUST_USE;

/* Caps for the process: bytes of address space, seconds of processor time, open files; 0 leaves a
 * cap as it is. fails: ERR_IO. */
err sandbox_limits(size_t memory_bytes, unsigned cpu_seconds, unsigned files) MUST_USE;

/* Landlock: from now on only what lies below the given open folders can be opened, for reading, or
 * for reading and writing. No folder at all closes the file system. Open files stay open. TCP is
 * refused where the kernel knows how (ABI 4).
 * fails: ERR_DENIED when the kernel has no Landlock, ERR_IO. */
err sandbox_landlock(const int *read_folders, size_t read_count, const int *write_folders,
                     size_t write_count) MUST_USE;

/* The same for who has to start programs: of the file system what lies below the read folders can
 * be read, the given programs (open files) can be started, and nothing can be written.
 * fails: as sandbox_landlock. */
err sandbox_landlock_programs(const int *read_folders, size_t read_count, const int *programs,
                              size_t program_count) MUST_USE;

/* seccomp: from now on any system call but the named ones fails with EPERM, and those that start
 * programs, trace, mount or load kill the process. `calls` are names as in the kernel's table,
 * ended by NULL. Under a sanitizer the filter would break the sanitizer's own calls: it is left out
 * of such builds, and only of those. fails: ERR_IO, ERR_DENIED. */
err sandbox_seccomp(const char *const *calls) MUST_USE;

/* The same, for who has to start programs: execve is among what `calls` may name. What may be
 * started is for sandbox_landlock_programs to say. fails: as sandbox_seccomp. */
err sandbox_seccomp_starting(const char *const *calls) MUST_USE;

/* True in builds where sandbox_seccomp installs its filter. */
bool sandbox_has_seccomp(void);

/* A child process of ours: a program of our own with open files handed to it and nothing else. */
struct child {
    pid_t pid;
};

struct child_spec {
    const char *program;     /* path of the executable */
    const char *const *argv; /* ended by NULL; argv[0] is the name it sees */
    const int *fds;          /* become 3, 4, ... in the child */
    size_t fd_count;
    bool keeps_terminal; /* false: standard input is /dev/null */
};

/* Starts a child. It has an empty environment but for LANG, PATH and TZ (and what sanitizers need),
 * no open file besides 0, 1, 2 and the given ones, and dies with us (PR_SET_PDEATHSIG).
 * fails: ERR_NOT_FOUND (no such program), ERR_IO, ERR_NO_MEMORY. */
err child_start(const struct child_spec *spec, struct child *ret_child) MUST_USE;

/* Waits until the child ends or `seconds` pass, when it is killed. *ret_status is as of waitpid.
 * fails: ERR_BUSY (it had to be killed), ERR_IO. */
err child_wait(const struct sys *sys, struct child *child, unsigned seconds,
               int *ret_status) MUST_USE;

/* Kills and reaps; accepts a child that has ended already. Fits CLEANUP. */
void child_kill(struct child *child);
