# Hanji is built by this one page.
#
#   make                the programs: ./hanji and libexec/hanji/{front,gate,scrubber,paper,encoder}
#   make test-programs  every *_test.c, each a program that prints TAP
#   make fuzzers        every *_fuzz.c (clang)
#   make bench          us and our peers side by side, into docs/BENCHMARKS.md
#   V=release|dev|asan|tsan|fuzz  which build; CC=clang works with each. Only gcc's release build is put
#                       into ./hanji and libexec, the others stay below build
#
# A room is a folder under src. A file named *_test.c is a test program, *_fuzz.c a fuzzer,
# main/{hanji,front,gate,scrubber,paper,encoder}.c the programs; every other .c belongs to its room's
# library. Nothing is registered by hand. The link lines below say which rooms a program may hold:
# the front's has no archive and no gate in it, and a test looks; its SQLite reads sealed segments.

V      ?= release
CC     := $(if $(filter default,$(origin CC)),gcc,$(CC))
BUILD  ?= build/$(V)-$(notdir $(CC))
ROOMS  := base http vault pressing wire archive gate scrub press intake web main

WARNINGS := -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wundef \
            -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla \
            -Wformat=2 -Wimplicit-fallthrough -Wno-missing-field-initializers
COMMON   := -std=gnu17 -D_GNU_SOURCE -g -fno-strict-overflow -fstack-protector-strong \
            -fno-omit-frame-pointer -pthread
FLAGS_dev     := -O1
FLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan    := -O1 -fsanitize=thread
FLAGS_fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FLAGS_release := -O2 -D_FORTIFY_SOURCE=2
PACKAGES := sqlite3 libsodium vips libxml-2.0 libdeflate libbrotlienc libbrotlidec libseccomp md4c \
            libssl libcrypto pangocairo pangoft2 fontconfig
CFLAGS   := $(COMMON) $(FLAGS_$(V)) -Isrc -I$(BUILD)/made $(EXTRA_CFLAGS)
SYSTEM   := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES))) \
            -isystem /usr/share/include/llhttp
LDFLAGS  := $(COMMON) $(FLAGS_$(V)) -Wl,--build-id -Wl,--gc-sections -Wl,-z,relro,-z,now
LIBS_base := -lseccomp
LIBS     := $(shell pkg-config --libs $(PACKAGES)) -lm

SOURCES  := $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c))
PROGRAMS := hanji front gate scrubber paper encoder
MAINS    := $(PROGRAMS:%=src/main/%.c)
TESTS    := $(filter %_test.c,$(SOURCES))
FUZZERS  := $(filter %_fuzz.c,$(SOURCES))
PARTS    := $(filter-out $(MAINS) $(TESTS) $(FUZZERS),$(SOURCES))
object   = $(1:%.c=$(BUILD)/%.o)
library  = $(foreach r,$(1),$(BUILD)/lib$(r).a)

.PHONY: all programs test-programs fuzzers bench clean
.DELETE_ON_ERROR:
.SECONDARY:
all: programs

# A program is the rooms it may hold. Order: a room before those it stands on.
ROOMS_hanji    := main intake press scrub archive wire pressing vault base
ROOMS_front    := web http pressing wire vault base
ROOMS_gate     := gate pressing wire vault base
ROOMS_scrubber := scrub wire vault base
ROOMS_paper    := scrub wire vault base
ROOMS_encoder  := scrub wire vault base
LIBS_front     := $(shell pkg-config --libs sqlite3 libsodium libssl libcrypto) -lseccomp -lm
LIBS_gate      := $(shell pkg-config --libs sqlite3 libsodium libdeflate libbrotlidec) -lseccomp
LIBS_scrubber  := $(shell pkg-config --libs vips libsodium) -lseccomp -lm
LIBS_paper     := $(shell pkg-config --libs libsodium libdeflate) -lseccomp -lm
LIBS_encoder   := $(shell pkg-config --libs vips libsodium pangocairo pangoft2 fontconfig libdeflate) \
                  -lseccomp -lm
LIBS_hanji     := $(shell pkg-config --libs sqlite3 libsodium libxml-2.0 libdeflate libbrotlienc md4c) \
                  -lseccomp -lm
OUT_hanji      := hanji
OUT_front      := libexec/hanji/front
OUT_gate       := libexec/hanji/gate
OUT_scrubber   := libexec/hanji/scrubber
OUT_paper      := libexec/hanji/paper
OUT_encoder    := libexec/hanji/encoder

programs: $(if $(filter build/release-gcc,$(BUILD)),$(foreach p,$(PROGRAMS),$(OUT_$(p))), \
          $(foreach p,$(PROGRAMS),$(BUILD)/$(OUT_$(p))))

define program
$$(BUILD)/$$(OUT_$(1)): $$(call object,src/main/$(1).c) $$(call library,$$(ROOMS_$(1)))
	@mkdir -p $$(@D)
	@echo '  LD $$@'
	@$$(CC) $$(LDFLAGS) -Wl,-Map=$$(BUILD)/$(1).map -o $$@ $$< $$(call library,$$(ROOMS_$(1))) $$(LIBS_$(1))
$$(OUT_$(1)): $$(BUILD)/$$(OUT_$(1))
	@mkdir -p $$(@D)
	@install -m 755 $$< $$@
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# Room libraries. Removed first, so that the object of a deleted source does not stay inside.
llhttp_objects := $(patsubst /usr/share/llhttp/%.c,$(BUILD)/llhttp/%.o,$(wildcard /usr/share/llhttp/*.c))
extra_http     := $(llhttp_objects)
define room
$$(BUILD)/lib$(1).a: $$(call object,$$(filter src/$(1)/%,$$(PARTS))) $$(extra_$(1))
	@rm -f $$@ && ar rcsD $$@ $$(filter %.o,$$^)
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

# The libraries depend on a stamp of the list of sources: a deleted one leaves them too.
$(BUILD)/sources: force
	@mkdir -p $(@D)
	@echo '$(PARTS)' | cmp -s - $@ || echo '$(PARTS)' > $@
$(call library,$(ROOMS)): $(BUILD)/sources

# Objects depend on a stamp of compiler and flags, so that changing either rebuilds (as git does).
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS) $(WARNINGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS) $(WARNINGS)' > $@
.PHONY: force
$(BUILD)/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo '  CC $<'
	@$(CC) $(CFLAGS) $(SYSTEM) $(WARNINGS) $(FIRST) -include src/base/banned.h -ffunction-sections -fdata-sections -MMD -MP -c -o $@ $<
# OpenSSL's headers name members by a word that banned.h bans: they come before it.
$(BUILD)/src/http/tls.o $(BUILD)/src/http/tls_test.o $(BUILD)/src/http/tls_fuzz.o: FIRST := -include openssl/ssl.h
# FreeType's headers, which Pango's include, name others.
$(BUILD)/src/scrub/card.o: FIRST := -include pango/pangofc-fontmap.h
$(BUILD)/llhttp/%.o: /usr/share/llhttp/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(SYSTEM) -DLLHTTP_STRICT_MODE=1 -w -c -o $@ $<
-include $(patsubst %.c,$(BUILD)/%.d,$(SOURCES))

# Files that travel inside the programs.
EMBED := $(BUILD)/embed
$(EMBED): tools/embed.c
	@mkdir -p $(@D)
	@gcc -O1 -o $@ $<
define embedded
$$(BUILD)/made/$(1)_files.h: $$(EMBED) $$(sort $(3))
	@mkdir -p $$(@D)
	@$$(EMBED) $(1)_files $(2) $$(sort $(3)) > $$@
endef
$(eval $(call embedded,archive_sql,src/archive/sql,$(wildcard src/archive/sql/*.sql)))
$(eval $(call embedded,gate_sql,src/gate/sql,$(wildcard src/gate/sql/*.sql)))
$(eval $(call embedded,press,src/press,$(wildcard src/press/html/* src/press/css/* src/press/words/*)))
$(eval $(call embedded,demo,src/main/demo,$(wildcard src/main/demo/* src/main/demo/*/*)))
$(eval $(call embedded,consent,src/main/consent,$(wildcard src/main/consent/*)))
# Tables made of Unicode's files.
$(BUILD)/made/fold_tables_files.h: tools/fold-tables
	@mkdir -p $(@D)
	@tools/fold-tables > $@.new && mv $@.new $@
MADE := $(foreach n,archive_sql gate_sql press demo consent,$(BUILD)/made/$(n)_files.h) \
        $(BUILD)/made/fold_tables_files.h
$(call object,$(SOURCES)): | $(MADE)

# Tests and fuzzers hold every room: what they prove is a room, not a link line.
ALL_LIBS := $(call library,main intake press scrub archive gate web http pressing wire vault base)
$(BUILD)/test/%_test: $(BUILD)/src/%_test.o $(ALL_LIBS)
	@mkdir -p $(@D)
	@echo '  LD $@'
	@$(CC) $(LDFLAGS) -o $@ $< $(ALL_LIBS) $(ALL_LIBS) $(LIBS) -ljansson -licuuc -lcmocka
test-programs: $(patsubst src/%.c,$(BUILD)/test/%,$(TESTS))

# One room's tests alone: make room-http
room-%:
	$(MAKE) $(foreach t,$(TESTS),$(if $(filter src/$*/%,$(t)),$(t:src/%.c=$(BUILD)/test/%)))
	@for t in $(foreach t,$(TESTS),$(if $(filter src/$*/%,$(t)),$(t:src/%.c=$(BUILD)/test/%))); do \
	    CMOCKA_MESSAGE_OUTPUT=TAP $$t || exit 1; done

$(BUILD)/fuzz/%_fuzz: $(BUILD)/src/%_fuzz.o $(ALL_LIBS)
	@mkdir -p $(@D)
	@echo '  LD $@'
	@$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< $(ALL_LIBS) $(ALL_LIBS) $(LIBS)
fuzzers: $(patsubst src/%.c,$(BUILD)/fuzz/%,$(FUZZERS))

# The stories that make bench presses.
$(BUILD)/corpus: tools/corpus.c $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(WARNINGS) -o $@ $<
# The program behind tools/bench-search.
$(BUILD)/bench-search: tools/bench-search.c $(call library,pressing base) $(BUILD)/flags
	@$(CC) $(CFLAGS) $(WARNINGS) -o $@ $< $(call library,pressing base) $(LIBS)
# The program behind tools/bench-names.
$(BUILD)/bench-names: tools/bench-names.c $(call library,gate base) $(BUILD)/flags
	@$(CC) $(CFLAGS) $(WARNINGS) -o $@ $< $(call library,gate base) $(LIBS) -licuuc
# The program behind tools/bench-compress.
$(BUILD)/bench-compress: tools/bench-compress.c $(call library,press archive wire pressing vault base) \
                         $(BUILD)/flags
	@$(CC) $(CFLAGS) $(WARNINGS) -o $@ $< \
	    $(call library,press archive wire pressing vault base) $(LIBS)
bench: ; @tools/bench
clean: ; rm -rf build hanji libexec
