create index cases_by_holder on cases (holder) where holder is not null;
create index contests_waiting on contests (due_day, contest_no) where case_no is not null and outcome is null;
