alter table "cases" add column "decision" text, add column "decided_day" integer, add column "held_day" integer;

      update cases c set decided_day = state_day, decision = case
        when exists (select 1 from record_entries r where r.case_no = c.case_no and r.line like '%"after":"confirmed"%')
        then 'confirm' else 'dismiss' end
      where is_decided;
create index cases_held on cases (case_no) where held_day is not null;
