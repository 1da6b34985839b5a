/* banned.h: functions that have no place here, refused by the compiler in every file.
 *
 * Each of them either forgets the length of what it writes, hides an error, keeps state of its own,
 * or runs a shell. The build puts this header before every source file of ours. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef sprintf /* macros where clang checks buffers (_FORTIFY_SOURCE) */
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok
#pragma GCC poison atoi atol atoll atof gmtime localtime asctime ctime mktime
#pragma GCC poison system popen tmpnam mktemp rand srand
