// A service made of scimmy and scimmy-routers, as their documentation shows: people and groups in memory, on a port that is free.
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const kept = {User: new Map(), Group: new Map()};
let made = 0;

const declare = (kind, name) => SCIMMY.Resources.declare(SCIMMY.Resources[kind], {
    ingress: (resource, data) => {
        const things = kept[kind];
        const id = resource.id ?? `${kind.toLowerCase()}-${++made}`;
        if (resource.id && !things.has(id)) throw new SCIMMY.Types.Error(404, null, `${id} is not there`);
        for (const [other, thing] of things) {
            if (other !== id && thing[name].toLowerCase() === data[name].toLowerCase()) {
                throw new SCIMMY.Types.Error(409, "uniqueness", `${data[name]} is taken`);
            }
        }
        const now = new Date();
        const thing = {...JSON.parse(JSON.stringify(data)), id, meta: {created: things.get(id)?.meta.created ?? now, lastModified: now}};
        things.set(id, thing);
        return thing;
    },
    egress: (resource) => {
        const things = kept[kind];
        if (resource.id) {
            if (!things.has(resource.id)) throw new SCIMMY.Types.Error(404, null, `${resource.id} is not there`);
            return things.get(resource.id);
        }
        const all = [...things.values()];
        return resource.filter ? resource.filter.match(all) : all;
    },
    degress: (resource) => {
        if (!kept[kind].delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `${resource.id} is not there`);
    },
});
declare("User", "userName");
declare("Group", "displayName");

const app = express();
app.use("/scim", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${process.argv[2]}`) throw new Error("no such token");
        return "seatwise";
    },
}));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/scim`));
