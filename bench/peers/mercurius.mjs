// Mercurius with graphql-jit: hand-written SQL, one statement for each level of a query, batched by loaders.
//
// The fastest arrangement we found for it: statements are prepared, and a level's transaction (with the tenant) goes to
// PostgreSQL in one round trip, down pipelined connections that requests share.

import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";
import { connections, database, host, port, tenant } from "./given.mjs";

const schema = `
  type Query {
    course(id: ID!): Course
    courses(first: Int! = 20, after: String, filter: CourseFilter, orderBy: CourseOrder): CourseConnection!
  }
  input CourseFilter { orgUnit: ID, status: ArchiveStatus }
  input CourseOrder { field: CourseOrderField! }
  enum CourseOrderField { CODE TITLE }
  enum ArchiveStatus { ACTIVE ARCHIVED }
  enum Visibility { PRIVATE TENANT FEDERATION PUBLIC }
  enum EnrollmentState {
    REQUESTED INVITED WAITLISTED OFFERED ACTIVE SUSPENDED COMPLETED DENIED WITHDRAWN
  }
  type CourseConnection { nodes: [Course!]! }
  type OfferingConnection { nodes: [Offering!]! }
  type EnrollmentConnection { nodes: [Enrollment!]! }
  type LocalizedText { text: String! }
  type Course {
    id: ID!
    code: String!
    title: LocalizedText!
    teachingLanguages: [String!]!
    visibility: Visibility!
    updatedAt: String!
    offerings(first: Int! = 20): OfferingConnection!
  }
  type Offering {
    id: ID!
    enrollments(first: Int! = 20): EnrollmentConnection!
  }
  type Enrollment {
    id: ID!
    state: EnrollmentState!
    user: User
  }
  type User {
    id: ID!
    displayName: String!
  }
`;

const clients = await Promise.all(
  Array.from({ length: connections }, async () => {
    const client = new pg.Client({ ...database, pipeline: true });
    await client.connect();
    return client;
  }),
);
let turn = 0;

// The rows of one prepared statement, in a transaction of its own: three groups of messages, one round trip.
async function rows(name, text, values) {
  const client = clients[(turn = (turn + 1) % clients.length)];
  const stream = client.connection.stream;
  stream.cork();
  const began = client.query(`begin read only; select set_config('app.tenant_id', '${tenant}', true)`);
  const found = client.query({ name, text, values });
  const ended = client.query("commit");
  stream.uncork();
  await Promise.all([began, found, ended]);
  return (await found).rows;
}

const COURSE = `
  'course_' || id as id, id as row_id, code, coalesce(title->>'en', title->>'de', '') as text,
  to_json(teaching_languages) as "teachingLanguages", upper(visibility) as visibility,
  to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "updatedAt"`;
const ORDERS = { CODE: "code", TITLE: "title_key" };

const number = (id) => id.slice(id.indexOf("_") + 1);
const course = (row) => ({ ...row, title: { text: row.text } });

function page({ first, after, filter, orderBy }) {
  const column = ORDERS[orderBy?.field ?? "CODE"];
  const values = [tenant, first];
  let where = "tenant_id = $1";
  if (after) {
    const [, key, id] = JSON.parse(Buffer.from(after, "base64").toString());
    where += ` and (${column}, id) > ($${values.push(key)}, $${values.push(id)})`;
  }
  if (filter?.orgUnit) where += ` and org_unit_id = $${values.push(number(filter.orgUnit))}`;
  if (filter?.status) where += ` and status = $${values.push(filter.status.toLowerCase())}`;
  return [`select ${COURSE} from fediflow.courses where ${where} order by ${column}, id limit $2`, values];
}

// A prepared statement's name is its text's: as many as there are shapes of a page.
const names = new Map();
function named(text) {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `page_${names.size}`));
  return name;
}

const resolvers = {
  Query: {
    async course(_, { id }) {
      const text = `select ${COURSE} from fediflow.courses where tenant_id = $1 and id = $2`;
      const [found] = await rows("course", text, [tenant, number(id)]);
      return found ? course(found) : null;
    },
    async courses(_, given) {
      const [text, values] = page(given);
      return { nodes: (await rows(named(text), text, values)).map(course) };
    },
  },
};

// The first rows of each parent, all parents in one statement.
function children(name, text, made) {
  return async (queries) => {
    const parents = queries.map(({ obj }) => obj.row_id);
    const lists = new Map(parents.map((id) => [id, []]));
    for (const row of await rows(name, text, [tenant, parents, queries[0].params.first])) {
      lists.get(row.parent_id).push(made(row));
    }
    return parents.map((id) => ({ nodes: lists.get(id) }));
  };
}

const OFFERINGS = `
  select p.id as parent_id, o.id as row_id, 'offering_' || o.id as id
  from unnest($2::bigint[]) p(id) cross join lateral (
    select id from fediflow.offerings where tenant_id = $1 and course_id = p.id
    order by effective_starts_on, id limit $3
  ) o`;
const ENROLLMENTS = `
  select p.id as parent_id, 'enrollment_' || e.id as id, upper(e.state) as state, e.user_id
  from unnest($2::bigint[]) p(id) cross join lateral (
    select id, state, user_id from fediflow.enrollments where tenant_id = $1 and offering_id = p.id
    order by id limit $3
  ) e`;
const USERS = `
  select id as row_id, 'user_' || id as id, display_name as "displayName"
  from fediflow.users where tenant_id = $1 and id = any($2::bigint[])`;

// Every parent of one level is asked with the same arguments here; nothing is asked for twice within a request.
const uncached = (loader) => ({ loader, opts: { cache: false } });
const loaders = {
  Course: { offerings: uncached(children("offerings", OFFERINGS, (row) => row)) },
  Offering: { enrollments: uncached(children("enrollments", ENROLLMENTS, (row) => row)) },
  Enrollment: {
    user: uncached(async (queries) => {
      const wanted = queries.map(({ obj }) => obj.user_id);
      const found = await rows("users", USERS, [tenant, [...new Set(wanted)]]);
      const known = new Map(found.map((row) => [row.row_id, row]));
      return wanted.map((id) => known.get(id) ?? null);
    }),
  },
};

const app = Fastify({ logger: false, keepAliveTimeout: 60_000 });
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false, path: "/graphql" });
await app.listen({ host, port });
