// What the bench tells a peer: where to listen, the database, and the tenant whose rows it serves.

const given = JSON.parse(process.env.FEDIFLOW_PEER);

export const port = given.port;
export const host = given.host;
export const connections = given.connections;
export const database = {
  host: given.database.host,
  port: given.database.port,
  database: given.database.database,
  user: given.database.user,
  password: given.database.password,
};

// Written into SQL as a number and nothing else.
if (!/^[1-9][0-9]*$/.test(given.tenant)) throw new Error(`not a tenant: ${given.tenant}`);
export const tenant = given.tenant;
