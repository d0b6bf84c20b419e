import time
from optiid.clock import new_id
from optiid.storage import many_rows
def test_x(service):
    if service.database.dialect.name=="sqlite": return
    db=service.database; scim=service.scim()
    small=scim.a_group("small"); big=scim.a_group("big")
    users=[scim.a_user(f"u{i}") for i in range(10)]
    org=scim.connected.organization
    for u in users: scim.patch(f"/Groups/{small['id']}", {"op":"add","path":"members","value":[{"value":u["id"]}]})
    def fill():
        cols=[r[0] for r in db.rows("SELECT column_name FROM information_schema.columns WHERE table_name='resource' ORDER BY ordinal_position")]
        sel=", ".join({"id":"gen_random_uuid()::text","name_key":"'n'||g","external_id":"'x'||g"}.get(c,c) for c in cols)
        db.execute(f"INSERT INTO resource ({', '.join(cols)}) SELECT {sel} FROM resource CROSS JOIN generate_series(1,30000) g WHERE id='{users[0]['id']}'")
        db.execute(f"INSERT INTO membership (organization, group_id, member_id) SELECT organization,'{big['id']}',id FROM resource WHERE name_key LIKE 'n%' AND type='User'")
    db.transaction(fill)
    def once(label):
        t=[]
        for _ in range(12):
            a=time.perf_counter(); r=scim.get(f"/Groups/{small['id']}"); t.append(time.perf_counter()-a)
            assert len(r.body["members"])==10
        t2=[]
        for _ in range(12):
            a=time.perf_counter(); r=scim.get("/Groups?filter=displayName eq \"small\""); t2.append(time.perf_counter()-a)
        print(label,"get ms",[round(x*1000,1) for x in t],"search",[round(x*1000,1) for x in t2])
    once("before analyze")
    db.transaction(lambda: db.execute("ANALYZE"))
    once("after analyze")
    for mode in ("force_generic_plan","force_custom_plan"):
        def explain():
            db.execute(f"SET LOCAL plan_cache_mode={mode}")
            from optiid.storage import statements
            sql=db.dialect.fixed(statements.MEMBERS)
            for (l,) in db.rows("EXPLAIN (ANALYZE) "+sql+" LIMIT 5001",(org,[small['id']],scim.connected.connection)): print(l)
        db.transaction(explain)
