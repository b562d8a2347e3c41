alter table "sign_in_links" rename column "totp_secret" to "totp_salt";
