#!/usr/bin/env bash
# The image has every library that the program is linked with.
set -euo pipefail
cd "$ORDERDECK_SOURCE_DIR"
command -v dpkg-query >/dev/null && command -v readelf >/dev/null || exit 77

status=0
installed=" $(sed -n '/no-install-recommends/s/.*recommends//p' packaging/container/Containerfile) "
for library in $(readelf -d "$ORDERDECK_BIN" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'); do
    case $library in
    libc.so.* | libm.so.* | ld-linux* | libtinfo.so.* | libasan.so.* | libubsan.so.* | libtsan.so.*) continue ;; # in every image, or in none
    libcurl*) library=libcurl-gnutls.so.4 ;; # here another one may be linked; the image is built with this
    esac
    package=$(dpkg-query -S "*/$library" 2>/dev/null | sed -n '1s/:.*//p')
    if [[ -z $package || $installed != *" $package "* ]]; then
        echo "the image lacks ${package:-the package} of $library"
        status=1
    fi
done
exit "$status"
