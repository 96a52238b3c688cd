# SPDX-License-Identifier: Apache-2.0
#
# Writes the files that it is given, which are texts, as C: what http/console_files.h declares.
# Any awk will do. Run by Makefile.am at the root of the source tree; in the module the files have
# the names by which browsers ask for them.

BEGIN {
    count = 0
    print "/* Made by embed.awk of the files of mod_scim_sync/console/. */"
    print "#include \"http/console_files.h\""
}

FNR == 1 {
    if (count) {
        print ";"
    }
    names[count] = FILENAME
    sub(/^mod_scim_sync\/console\//, "", names[count])
    printf "\nstatic const char file_%d[] =", count++
}

{
    gsub(/\\/, "\\\\&")
    gsub(/"/, "\\\"")
    gsub(/\?/, "\\?")  # two of them may be a trigraph
    printf "\n    \"%s\\n\"", $0
}

END {
    print ";\n\nconst scim_sync_console_file_t scim_sync_console_files[] = {"
    for (i = 0; i < count; i++) {
        printf "    { \"%s\", file_%d, sizeof(file_%d) - 1 },\n", names[i], i, i
    }
    print "    { 0 },\n};"
}
