#ifndef CHANCERY_FILES_H
#define CHANCERY_FILES_H

#include <stdint.h>

/// Makes everything durable that was written to the filesystem of `descriptor`: syncfs(2), which C libraries show to
/// programs that ask for the extensions of GNU only. Returns 0, or -1 with errno.
int chancery_syncfs(int descriptor);

/// Lets the disk begin with `count` bytes from `offset` on that were written to the file: sync_file_range(2). Nothing is durable
/// by that, and it is no error when the filesystem has nothing of the kind.
void chancery_start_writing(int descriptor, int64_t offset, int64_t count);

#endif
