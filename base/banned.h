/*
 * Force-included everywhere: functions that this project does not call become compile errors that name
 * themselves. Memory comes from base/mem.h, numbers from base/parse.h.
 */
#ifndef OC_BASE_BANNED_H
#define OC_BASE_BANNED_H

/* The headers first, or the poison would break them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat strtok sprintf vsprintf gets atoi atol atof strtol strtoul strtoll strtoull sscanf
#pragma GCC poison rand srand gmtime localtime asctime ctime system popen tmpnam mktemp

#endif
