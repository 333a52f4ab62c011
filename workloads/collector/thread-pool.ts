/**
 * Imported before everything else: libuv reads the size of its pool when the first file operation
 * needs it. Files of a batch are synced in parallel, one thread each, and the file system joins
 * their journal commits; 4, the default, leaves most of that unused. An operator's value holds.
 */
process.env["UV_THREADPOOL_SIZE"] ??= "32";
