-- Once, as a superuser of the primary: a role that owns the tables and one the application runs with, which does not.
CREATE ROLE reviewhub_owner LOGIN PASSWORD '<password>';
CREATE ROLE reviewhub_app LOGIN PASSWORD '<password>';
CREATE DATABASE reviewhub OWNER reviewhub_owner;
\connect reviewhub
GRANT CONNECT ON DATABASE reviewhub TO reviewhub_app;
GRANT USAGE ON SCHEMA public TO reviewhub_app;
ALTER DEFAULT PRIVILEGES FOR ROLE reviewhub_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO reviewhub_app;
ALTER DEFAULT PRIVILEGES FOR ROLE reviewhub_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO reviewhub_app;
ALTER DEFAULT PRIVILEGES FOR ROLE reviewhub_owner IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO reviewhub_app;
-- Again after every `manage.py prepare`, in the database: what is added and read, nothing else, whatever a program says.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_event, audit_seal, trust_ledgerentry, trust_trustevent, privacy_certificate FROM reviewhub_app;
-- What erasing personal data empties. Whoever changes label or data of an event otherwise is found by `manage.py audit_verify`.
GRANT UPDATE (subject_label, data, salt, erased) ON audit_event TO reviewhub_app;
GRANT UPDATE (subject, content_sha256, decided_by) ON trust_ledgerentry TO reviewhub_app;
