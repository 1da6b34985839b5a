#!/bin/bash
# What ./run and ./test say and do before anything is built: tools/install and its list.
. "${0%/*}/lib.sh"
plan 8

# A folder of programs with no apt in it.
mkdir "$TMP/bin" "$TMP/apt"
for program in sh env dirname awk id mkdir tail; do
    ln -s "$(command -v "$program")" "$TMP/bin/"
done
without_apt() { env PATH="$TMP/bin" tools/install run; }
not_ok "without apt it stops" without_apt
like "$OUT" 'no apt' "and says why"
like "$OUT" 'libvips-dev' "and names what is needed"
without_apt_again() { env PATH="$TMP/bin" HANJI_NO_INSTALL=1 tools/install run; }
ok "and believes whoever says that all is there" without_apt_again

# An apt that only notes what it was asked, on a system where a package is missing.
cp "$TMP"/bin/* "$TMP/apt/" 2>/dev/null
cat >"$TMP/apt/dpkg-query" <<'EOF'
#!/bin/sh
for package; do :; done
[ "$package" = libmd4c-dev ] && exit 1
printf installed
EOF
cat >"$TMP/apt/apt-get" <<EOF
#!/bin/sh
echo "\$*" >>"$TMP/asked"
EOF
printf '#!/bin/sh\nexec "$@"\n' >"$TMP/apt/sudo"
chmod +x "$TMP"/apt/{dpkg-query,apt-get,sudo}
with_apt() { env PATH="$TMP/apt" tools/install run; }
ok "with apt it installs what is missing" with_apt
is "$(sed -n '$p' "$TMP/asked")" '-q -y install --no-install-recommends libmd4c-dev' "and only that"
rm "$TMP/asked"
sed -i '/libmd4c/d' "$TMP/apt/dpkg-query"
ok "when nothing is missing it is content" with_apt
ok "and asks apt nothing" test ! -e "$TMP/asked"
