#ifndef CHANCERY_FILES_H
#define CHANCERY_FILES_H

/// Makes everything durable that was written to the filesystem of `descriptor`: syncfs(2), which C libraries show to
/// programs that ask for the extensions of GNU only. Returns 0, or -1 with errno.
int chancery_syncfs(int descriptor);

#endif
