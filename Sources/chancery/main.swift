internal import ChanceryCommands
internal import Foundation

// A full disk and a reader that went away are errors of one write, not the end of the process.
signal(SIGXFSZ, SIG_IGN)
signal(SIGPIPE, SIG_IGN)
// What is made without a mode of its own is its owner's alone; what other programs make is theirs.
let fileMask = umask(0o077)
// A closed standard stream must not become the descriptor of the next file: an unusable one takes its place.
for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
where fcntl(descriptor, F_GETFD) < 0 {
    unsafe _ = open("/dev/null", mode)
}

exit(Chancery.run(Array(CommandLine.arguments.dropFirst()), fileMask: fileMask))
