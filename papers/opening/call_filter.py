"""The filter of system calls for a process that reads attachments. It forbids other processes,
sockets, namespaces, memory beyond the limit, and changes of the clock.

It is a list of what is refused (EPERM), because what numpy, pdfium and onnxruntime need differs by
machine and version; bubblewrap's namespaces stand around it. The rules are compiled and loaded by
the system's libseccomp, which every Debian has (apt needs it); the bindings on PyPI are not kept
up. A thread may be made, a process not.
"""

import ctypes
import errno

_LIBRARY = "libseccomp.so.2"
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_UNKNOWN_CALL = -1
_NOT_EQUAL, _MASKED_EQUAL = 1, 7
_CLONE_THREAD = 0x00010000

_REFUSED = {
    "other processes: none is made, none is looked into, stopped or slowed": """
        fork vfork execve execveat ptrace process_vm_readv process_vm_writev process_madvise
        process_mrelease kcmp pidfd_open pidfd_getfd pidfd_send_signal kill tkill tgkill
        rt_sigqueueinfo rt_tgsigqueueinfo setpriority ioprio_set sched_setaffinity sched_setattr
        sched_setparam sched_setscheduler
    """,
    # a pair of sockets talks to itself alone, and asyncio, which judges signatures, wants one
    "the network and other ways to talk": """
        socket connect bind listen accept accept4 shmget shmat semget msgget mq_open
    """,
    "memory that its limit does not count, and its clock": """
        memfd_create memfd_secret setitimer alarm timer_create timer_settime timerfd_create
    """,
    "namespaces, mounts, keys, and parts of the kernel that are rarely needed and often broken": """
        unshare setns mount umount2 pivot_root chroot move_mount open_tree fsopen fsmount fsconfig
        fspick mount_setattr keyctl add_key request_key bpf perf_event_open userfaultfd
        io_uring_setup io_uring_enter io_uring_register init_module finit_module delete_module
        kexec_load open_by_handle_at name_to_handle_at quotactl personality
    """,
}
"""The calls by why they are refused."""


class _Comparison(ctypes.Structure):
    """struct scmp_arg_cmp."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


class CallFilter:
    """The rules, made ready before a fork and loaded after it.

    Raises OSError where libseccomp or the kernel refuses.
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(_LIBRARY)
        self._library.seccomp_init.restype = ctypes.c_void_p  # the others take and give an int
        self._context = ctypes.c_void_p(self._library.seccomp_init(_ALLOW))
        if not self._context:
            raise OSError(errno.ENOMEM, "seccomp_init")
        for names in _REFUSED.values():
            for name in names.split():
                self._refuse(name, errno.EPERM)
        self._refuse("clone", errno.EPERM, _Comparison(0, _MASKED_EQUAL, _CLONE_THREAD, 0))
        # its flags lie in memory, out of a filter's sight: libc then calls clone
        self._refuse("clone3", errno.ENOSYS)
        # the limits of any process but its own, whose number is 0
        self._refuse("prlimit64", errno.EPERM, _Comparison(0, _NOT_EQUAL, 0, 0))

    def _refuse(self, name: str, error: int, *comparisons: _Comparison) -> None:
        number = self._library.seccomp_syscall_resolve_name(name.encode())
        if number == _UNKNOWN_CALL:
            return
        array = (_Comparison * len(comparisons))(*comparisons)
        code = self._library.seccomp_rule_add_array(
            self._context, _ERRNO | error, number, len(comparisons), array
        )
        if code:
            raise OSError(-code, f"seccomp_rule_add {name}")

    def load(self) -> None:
        """Applies the rules to this process and its threads until they end."""
        code = self._library.seccomp_load(self._context)
        if code:
            raise OSError(-code, "seccomp_load")
