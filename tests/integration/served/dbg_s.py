import json
from tests.integration.served.test_served import *
from tests.integration.served.test_served import _PAGE
async def test_dbg(measure):
    await measure.begin()
    for which, var, viewer in (("OrgUnit.courses", {"w":{"status":"ARCHIVED"}}, "student"),):
        listed=next(l for l in LISTS if str(l)==which)
        c=await Lists(measure).cost(listed,_PAGE,viewer,var)
        print(c); 
        def show(n,d=0):
            print("  "*d, n["Node Type"], n.get("Index Name"), n.get("Alias"), n.get("Index Cond"), n.get("Filter"), n["Plan Rows"], n["Actual Rows"], n["Actual Loops"], n["Total Cost"])
            for k in n.get("Plans",()): show(k,d+1)
        show(c.plan)
    print(await measure.administrator.fetch("select relname,last_autoanalyze,last_analyze,n_mod_since_analyze from pg_stat_user_tables where relname in ('courses','deliveries','posts') or relname like 'deliveries%'"))
    print(await measure.administrator.fetch("select attname,n_distinct,most_common_vals::text,most_common_freqs::text from pg_stats where tablename='courses' and attname in ('status','visibility','org_unit_id')"))
    print(await measure.administrator.fetch("select status,count(*) from fediflow.courses where tenant_id=10001 and org_unit_id=1 group by 1"))
