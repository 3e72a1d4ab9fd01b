#define _GNU_SOURCE
#include "CChanceryFiles.h"

#include <fcntl.h>
#include <unistd.h>

int chancery_syncfs(int descriptor) { return syncfs(descriptor); }

void chancery_start_writing(int descriptor, int64_t offset, int64_t count) {
  (void)sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
}
