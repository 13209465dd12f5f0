/* ca_bundle: where this machine keeps the certificates of the authorities that it trusts. */
#ifndef TG_NET_CA_BUNDLE_H
#define TG_NET_CA_BUNDLE_H

/* At most one is not NULL: a folder that is searched by hash (openssl-rehash(1)), which is faster,
 * or a file with all of them. */
struct ca_bundle {
	const char *folder, *file;
};

/* Finds them below `root`, "" for this machine. A program that was linked elsewhere looks where the
 * distributions have them: Debian and Ubuntu, Red Hat, SUSE, Alpine and BSD. Static storage. */
struct ca_bundle ca_bundle_find(const char *root);

#endif
