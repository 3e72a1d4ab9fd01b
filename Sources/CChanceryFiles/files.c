#define _GNU_SOURCE
#include "CChanceryFiles.h"

#include <unistd.h>

int chancery_syncfs(int descriptor) { return syncfs(descriptor); }
