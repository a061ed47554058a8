/*
 * The parts that messages are made of, each with the check that both ends
 * apply.  Only msg.c, msgcontrol.c and msgconfig.c use them.
 */

#ifndef MSGPART_H
#define MSGPART_H

#include <sys/types.h>
#include <sys/socket.h>

#include "imsg.h"

int	 msgpart_put_flag(struct ibuf *, int);
int	 msgpart_get_flag(struct ibuf *, int *);
int	 msgpart_put_flag8(struct ibuf *, uint8_t);
int	 msgpart_get_flag8(struct ibuf *, uint8_t *);
int	 msgpart_put_choice(struct ibuf *, uint32_t, uint32_t);
int	 msgpart_get_choice(struct ibuf *, uint32_t *, uint32_t);
int	 msgpart_put_text(struct ibuf *, const char *, size_t);
int	 msgpart_get_text(struct ibuf *, char **, size_t);
int	 msgpart_put_optional(struct ibuf *, const char *, size_t);
int	 msgpart_get_optional(struct ibuf *, char **, size_t);
int	 msgpart_put_array(struct ibuf *, const char *, size_t);
int	 msgpart_get_array(struct ibuf *, char *, size_t);
int	 msgpart_put_address(struct ibuf *, const struct sockaddr_storage *);
int	 msgpart_get_address(struct ibuf *, struct sockaddr_storage *);
int	 msgpart_get_end(const struct ibuf *);
void	 msgpart_free_secret(char *);

#endif /* MSGPART_H */
