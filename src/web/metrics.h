/* metrics.h: sums for the operator, in the text format of OpenMetrics 1.0
 * (openmetrics.io): how much is served, how well, and what is live. Nothing is told of a visitor.
 * For a listener of its own on the loopback. */
#pragma once

#include "web/web.h"

enum { METRICS_TEXT_MAX = 8192 };

struct metrics {
    const struct sys *sys;
    const struct web *web;
    const struct http_server *server; /* whose counters are told */
    int64_t started;                  /* seconds since 1970 */
    int statm; /* /proc/self/statm, opened before rights were given up; -1: memory is not told */
    char text[METRICS_TEXT_MAX]; /* the answer being made */
};

/* The handler for http_server_open: GET /metrics. The metrics must outlive the server. */
struct http_handler metrics_handler(struct metrics *metrics);
