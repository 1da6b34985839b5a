/* mirror_nginx.c: what a web server must know to answer as `hanji serve` does. nginx is told in its
 * own words; README.txt tells the others. */
#include "main/mirror.h"

static const char README[] =
    "This folder is a web site, made by `hanji export site`.\n"
    "\n"
    "  site/           the pages. Point a web server here; it needs no program, no database and\n"
    "                  no script. Each *.gz and *.br is the file beside it, compressed.\n"
    "  nginx.conf      for nginx. A server block is no more than this:\n"
    "\n"
    "                      server {\n"
    "                          listen 443 ssl;  # with your certificate\n"
    "                          root THIS-FOLDER/site;\n"
    "                          include THIS-FOLDER/nginx.conf;\n"
    "                          include THIS-FOLDER/redirects.conf;\n"
    "                      }\n"
    "\n"
    "  redirects.conf  addresses that have moved. Other servers show a small page in their\n"
    "                  place that leads on.\n"
    "  written.txt     what was written here. Leave it: the next export needs it.\n"
    "\n"
    "Export again after every press, and AT ONCE after a withdrawal: a mirror does not know that\n"
    "something was called back until it is written anew. What is gone is removed first. Withdrawn\n"
    "pages answer 404 here; their addresses are not written down anywhere.\n"
    "\n"
    "Another server must send .html as text/html, .xml, .txt and .css as UTF-8, .webmanifest as\n"
    "application/manifest+json, .avif as image/avif; show site/LANGUAGE/404.html with status 404;\n"
    "and should send the headers that nginx.conf adds. Please keep no log of who reads.\n";

/* Types by ending, as nginx is told them. A page that is served as something else is named. */
static const struct {
    const char *ending;
    enum pressing_type type;
} endings[] = {
    {"html", PRESSING_HTML}, {"css", PRESSING_CSS},   {"xml", PRESSING_XML},
    {"txt", PRESSING_TEXT},  {"jpg", PRESSING_JPEG},  {"png", PRESSING_PNG},
    {"svg", PRESSING_SVG},   {"json", PRESSING_JSON}, {"webmanifest", PRESSING_MANIFEST},
    {"avif", PRESSING_AVIF},
};

/* The same promises as the front's: a page shows pictures and styles of this site and does nothing
 * else; that somebody reads here is told to nobody. */
static const char HEADERS[] =
    "add_header Content-Security-Policy \"default-src 'none'; img-src 'self'; style-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\" always;\n"
    "add_header X-Content-Type-Options nosniff always;\n"
    "add_header Referrer-Policy no-referrer always;\n";

/* A text in nginx's double quotes. */
static void add_quoted(struct buf *b, str text) {
    buf_add_byte(b, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') buf_add_byte(b, '\\');
        buf_add_byte(b, text.ptr[i]);
    }
    buf_add_byte(b, '"');
}

/* The target of a redirect: what could end the quotes or name a variable is percent-encoded. */
static void add_target(struct buf *b, str location) {
    buf_add_byte(b, '"');
    for (size_t i = 0; i < location.len; i++) {
        char c = location.ptr[i];
        if (c == '"' || c == '\\' || c == '$')
            buf_printf(b, "%%%02X", (unsigned)c);
        else
            buf_add_byte(b, c);
    }
    buf_add_byte(b, '"');
}

static bool is_told_by_ending(const struct pressing_page *page) {
    if (str_ends(page->path, STR("/"))) return page->type == PRESSING_HTML;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        str ending = str_of(endings[i].ending);
        size_t at = page->path.len - ending.len;
        bool is_it = page->path.len > ending.len && page->path.ptr[at - 1] == '.' &&
                     str_ends(page->path, ending);
        if (is_it) return endings[i].type == page->type;
    }
    return false;
}

static void add_type(struct buf *b, const struct pressing_page *page) {
    if (page->status != 200 || is_told_by_ending(page)) return;
    buf_add(b, STR("location = "));
    add_quoted(b, page->path);
    buf_add(b, STR(" { types {} default_type "));
    add_quoted(b, pressing_type_name(page->type));
    buf_add(b, STR("; }\n"));
}

/* "error_page 404 /en/404.html;", with what the answer becomes when it is not what was asked. */
static void add_error_page(struct buf *b, const char *statuses, str home, const char *name) {
    buf_printf(b, "error_page %s \"" STR_FMT "%s.html\"; ", statuses, STR_ARG(home), name);
}

/* Each language has its own words for what is not there, and the site's own those for the rest.
 * "/en/404" and "/en/410" are these pages themselves. */
static void add_errors(struct buf *b, const struct pressing_page *page, str language) {
    bool is_gone = page->status == 410;
    const char *status = is_gone ? "410" : "404";
    if (!str_ends(page->path, is_gone ? STR("/410") : STR("/404"))) return;
    str home = str_slice(page->path, 0, page->path.len - 3); /* "/en/" */
    bool is_own = home.len > 2 && str_eq(str_slice(home, 1, home.len - 1), language);
    buf_add(b, STR("location = "));
    add_quoted(b, page->path);
    buf_add(b, STR(" { "));
    add_error_page(b, status, home, status);
    buf_printf(b, "return %s; }\n", status);
    buf_printf(b, "location = \"" STR_FMT "%s.html\" { internal; }\n", STR_ARG(home), status);
    if (is_own) {
        add_error_page(b, status, home, status);
        if (!is_gone) add_error_page(b, "403 =404", home, "404");
        buf_add_byte(b, '\n');
    } else if (!is_gone) {
        buf_printf(b, "location \"" STR_FMT "\" { ", STR_ARG(home));
        add_error_page(b, "404", home, "404");
        add_error_page(b, "403 =404", home, "404");
        add_error_page(b, "410", home, "410");
        buf_add(b, STR("}\n"));
    }
}

static void add_start(struct buf *b) {
    buf_add(b, STR("# For the server block of nginx whose root is the folder `site` beside this "
                   "file.\n"
                   "# An nginx with the module for brotli takes `brotli_static on;` as well.\n"
                   "index index.html;\nautoindex off;\ngzip_static on;\nabsolute_redirect off;\n"
                   "access_log off;\netag on;\ndefault_type application/octet-stream;\ntypes {\n"));
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        buf_add(b, STR("    "));
        add_quoted(b, pressing_type_name(endings[i].type));
        buf_printf(b, " %s;\n", endings[i].ending);
    }
    buf_add(b, STR("}\n"));
    buf_add(b, str_of(HEADERS));
    buf_add(b,
            STR("location ^~ /assets/ { expires max; }\nlocation ^~ /media/ { expires max; }\n"));
}

err mirror_add_nginx(struct arena *a, const struct pressing *pressing, str language,
                     struct mirror_list *list) {
    struct buf conf;
    struct buf moved;
    str text = {0};
    buf_init(&conf, a, LIMIT_PAGE_BYTES);
    buf_init(&moved, a, LIMIT_PAGE_BYTES * 4);
    add_start(&conf);
    buf_add(&moved, STR("# Addresses that have moved, for nginx.\n"));
    for (size_t i = 0; i < pressing_page_count(pressing); i++) {
        struct pressing_page page = {0};
        pressing_page_at(pressing, i, &page);
        if (!mirror_holds(&page)) continue;
        if (page.status == 404 || page.status == 410) add_errors(&conf, &page, language);
        add_type(&conf, &page);
        if (page.status != 301) continue;
        buf_add(&moved, STR("location = "));
        add_quoted(&moved, page.path);
        buf_add(&moved, STR(" { return 301 "));
        add_target(&moved, page.location);
        buf_add(&moved, STR("; }\n"));
    }
    TRY(buf_finish(&conf, &text));
    TRY(mirror_add(a, list, STR("nginx.conf"), text));
    TRY(buf_finish(&moved, &text));
    TRY(mirror_add(a, list, STR("redirects.conf"), text));
    return mirror_add(a, list, STR("README.txt"), str_of(README));
}
