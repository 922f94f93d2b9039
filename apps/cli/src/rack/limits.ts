/** What fits a packet; apart, because the flags need it before anything of the rack is loaded. */

/** Largest value beside headers and a key of KEY_BYTES, in a jumbo frame. */
export const VALUE_BYTES_MAX = 8_800;
/** Keys of the load, when nothing else is said. */
export const KEY_BYTES = 16;
