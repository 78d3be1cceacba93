set local lock_timeout = '5s';
set local statement_timeout = '60s';

-- What a compiled plan calls where only the rows can tell that a request asks for something that is not there.
create or replace function fediflow.refuse_attribute() returns bigint
    language plpgsql volatile
    as $$
begin
    raise exception 'no such attribute' using errcode = 'FF001';
end
$$;
grant execute on function fediflow.refuse_attribute() to fediflow_app, fediflow_worker;
