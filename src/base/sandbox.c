/* sandbox.c: Landlock, seccomp and the small switches beside them. See sandbox.h. */
#include "base/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers end at ABI 2; the kernel is asked at run time what it knows. */
enum {
    ACCESS_FS_TRUNCATE = 1 << 14,  /* ABI 3 */
    ACCESS_FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
    ACCESS_NET_BIND_TCP = 1 << 0,  /* ABI 4 */
    ACCESS_NET_CONNECT_TCP = 1 << 1,
};

/* The ruleset as the newest kernel we use sees it; older ones are given a shorter size. */
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
};

err sandbox_no_dump(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        FAIL(ERR_IO, "core files could not be forbidden: %s", strerror(errno));
    }
    return OK;
}

static err cap(__rlimit_resource_t resource, rlim_t value, const char *what) {
    struct rlimit limit = {value, value};
    if (value != 0 && setrlimit(resource, &limit) != 0) {
        FAIL(ERR_IO, "the limit of %s could not be set: %s", what, strerror(errno));
    }
    return OK;
}

err sandbox_limits(size_t memory_bytes, unsigned cpu_seconds, unsigned files) {
    /* AddressSanitizer maps terabytes of shadow: no cap of address space in such builds. */
    if (sandbox_has_seccomp()) TRY(cap(RLIMIT_AS, memory_bytes, "memory"));
    TRY(cap(RLIMIT_CPU, cpu_seconds, "processor time"));
    return cap(RLIMIT_NOFILE, files, "open files");
}

static uint64_t all_file_rights(long abi) {
    uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* ABI 1: thirteen rights */
    if (abi >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3) rights |= ACCESS_FS_TRUNCATE;
    if (abi >= 5) rights |= ACCESS_FS_IOCTL_DEV;
    return rights;
}

static err allow(int ruleset, const int *folders, size_t count, uint64_t rights) {
    for (size_t i = 0; i < count; i++) {
        struct landlock_path_beneath_attr rule = {.allowed_access = rights,
                                                  .parent_fd = folders[i]};
        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
            FAIL(ERR_IO, "Landlock: a folder could not be allowed: %s", strerror(errno));
        }
    }
    return OK;
}

/* Folders or files of one kind, and what may be done with what lies below. */
struct allowed {
    const int *paths;
    size_t count;
    uint64_t rights;
};

enum {
    RIGHTS_READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    RIGHTS_START = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE,
};
/* Everything but starting programs and speaking to devices. */
static const uint64_t RIGHTS_WRITE =
    ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE & ~(uint64_t)ACCESS_FS_IOCTL_DEV;

static err restrict_to(const struct allowed *kinds, size_t count) {
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1) FAIL(ERR_DENIED, "this kernel has no Landlock (5.13 or newer is needed)");
    struct ruleset rules = {.handled_access_fs = all_file_rights(abi)};
    if (abi >= 4) rules.handled_access_net = ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP;
    size_t size = abi >= 4 ? sizeof rules : sizeof rules.handled_access_fs;
    CLEANUP(fd_close) int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0) FAIL(ERR_IO, "Landlock: %s", strerror(errno));
    for (size_t i = 0; i < count; i++) {
        TRY(allow(ruleset, kinds[i].paths, kinds[i].count,
                  kinds[i].rights & rules.handled_access_fs));
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        FAIL(ERR_IO, "Landlock: %s", strerror(errno));
    }
    return OK;
}

err sandbox_landlock(const int *read_folders, size_t read_count, const int *write_folders,
                     size_t write_count) {
    const struct allowed kinds[] = {{read_folders, read_count, RIGHTS_READ},
                                    {write_folders, write_count, RIGHTS_WRITE}};
    return restrict_to(kinds, COUNT_OF(kinds));
}

err sandbox_landlock_programs(const int *read_folders, size_t read_count, const int *programs,
                              size_t program_count) {
    const struct allowed kinds[] = {{read_folders, read_count, RIGHTS_READ},
                                    {programs, program_count, RIGHTS_START}};
    return restrict_to(kinds, COUNT_OF(kinds));
}

bool sandbox_has_seccomp(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return false;
#else
    return true;
#endif
#else
    return true;
#endif
}

/* Calls that nothing of ours makes after its start: an attempt is an intruder's, and ends there. */
static const char *const KILLING_CALLS[] = {
    "execve",     "execveat", "ptrace",      "process_vm_readv", "process_vm_writev",
    "mount",      "umount2",  "init_module", "finit_module",     "bpf",
    "kexec_load", "unshare",  "setns",       "pivot_root",       NULL,
};
enum { KILLING_STARTS = 1 }; /* so many of them start programs as who may start one needs */

static err add_calls(scmp_filter_ctx filter, uint32_t action, const char *const *calls) {
    for (; *calls != NULL; calls++) {
        int number = seccomp_syscall_resolve_name(*calls);
        if (number == __NR_SCMP_ERROR) FAIL(ERR_IO, "seccomp: no system call is named %s", *calls);
        if (number < 0) continue; /* exists, but not on this processor */
        if (seccomp_rule_add(filter, action, number, 0) != 0) {
            FAIL(ERR_IO, "seccomp: no rule could be made for %s", *calls);
        }
    }
    return OK;
}

static err filter_calls(const char *const *calls, const char *const *killing) {
    if (!sandbox_has_seccomp()) return OK;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) FAIL(ERR_NO_MEMORY, "seccomp: no memory for the filter");
    err e = add_calls(filter, SCMP_ACT_ALLOW, calls);
    if (e.kind == ERR_NONE) e = add_calls(filter, SCMP_ACT_KILL_PROCESS, killing);
    if (e.kind == ERR_NONE && seccomp_load(filter) != 0) {
        e = err_make(ERR_DENIED, __FILE__, __LINE__, "seccomp: the kernel refused the filter");
    }
    seccomp_release(filter);
    return e;
}

err sandbox_seccomp(const char *const *calls) { return filter_calls(calls, KILLING_CALLS); }

err sandbox_seccomp_starting(const char *const *calls) {
    return filter_calls(calls, KILLING_CALLS + KILLING_STARTS);
}
