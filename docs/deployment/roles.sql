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
-- The audit log and its seals: added and read, nothing else. Run again after `manage.py prepare` made them.
REVOKE UPDATE, DELETE ON audit_event, audit_seal FROM reviewhub_app;
