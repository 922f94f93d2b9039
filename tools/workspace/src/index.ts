export { findRooms, type Room, ROOM_MANIFESTS, workspaceRoot } from './rooms.ts';
