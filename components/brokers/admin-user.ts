/** The broker user that administers: no person's and no client's. */
export const adminUser = "mq-admin";
