
      create table clock (is_only boolean primary key check (is_only), last_day integer not null);

      insert into clock select true, max(day) from counts having max(day) is not null;
