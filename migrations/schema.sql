CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE document (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	text TEXT NOT NULL, 
	sha256 TEXT NOT NULL
, mapping JSON, keys JSON);

CREATE TABLE register (
	id INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	extends TEXT, 
	system TEXT, 
	last_updated DATE, 
	purpose TEXT, 
	note TEXT, 
	project_total BIGINT, 
	cadence JSON, 
	document_id INTEGER, 
	synced_id INTEGER, 
	document_path TEXT, 
	document_sha256 TEXT, 
	imported_at DATETIME, 
	version INTEGER NOT NULL, mitigate_within JSON, accept_for JSON, signal_label TEXT, 
	CONSTRAINT pk_register PRIMARY KEY (id), 
	CONSTRAINT ck_register_one_row CHECK (id = 1), 
	CONSTRAINT fk_register_document_id_document FOREIGN KEY(document_id) REFERENCES document (id), 
	CONSTRAINT fk_register_synced_id_document FOREIGN KEY(synced_id) REFERENCES document (id)
);

CREATE TABLE category (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	definition TEXT, 
	position INTEGER NOT NULL, 
	origin TEXT, 
	version INTEGER NOT NULL, 
	CONSTRAINT uq_category_code UNIQUE (code)
);

CREATE TABLE component (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	CONSTRAINT uq_component_name UNIQUE (name)
);

CREATE TABLE item_component (
	item_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	component_id INTEGER NOT NULL, 
	CONSTRAINT pk_item_component PRIMARY KEY (item_id, position), 
	CONSTRAINT fk_item_component_component_id_component FOREIGN KEY(component_id) REFERENCES component (id), 
	CONSTRAINT fk_item_component_item_id_item FOREIGN KEY(item_id) REFERENCES item (id)
);

CREATE TABLE dependency (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	source_id INTEGER NOT NULL, 
	target_id INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT fk_dependency_source_id_item FOREIGN KEY(source_id) REFERENCES item (id), 
	CONSTRAINT fk_dependency_target_id_item FOREIGN KEY(target_id) REFERENCES item (id), 
	CONSTRAINT uq_dependency_source_id_target_id_label UNIQUE (source_id, target_id, label)
);

CREATE TABLE change (
	sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	time DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	batch INTEGER NOT NULL, 
	reverses INTEGER, 
	verb TEXT NOT NULL, 
	entity TEXT NOT NULL, 
	entity_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	field TEXT, 
	"before" JSON, 
	"after" JSON, 
	note TEXT
, digest TEXT DEFAULT '' NOT NULL);

CREATE TABLE saved_query (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	"query" TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT ck_saved_query_kind CHECK (kind IN ('view', 'rule')), 
	CONSTRAINT uq_saved_query_kind_name UNIQUE (kind, name)
);

CREATE TABLE review (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	title TEXT NOT NULL, 
	participants JSON, 
	"query" TEXT, 
	skip_days INTEGER NOT NULL, 
	queue JSON, 
	started DATETIME NOT NULL, 
	started_by TEXT NOT NULL, 
	ended DATETIME, 
	ended_by TEXT, 
	first_sequence INTEGER NOT NULL, 
	last_sequence INTEGER, 
	"before" JSON, 
	"after" JSON
);

CREATE TABLE decision (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	review_id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	time DATETIME NOT NULL, 
	seconds INTEGER NOT NULL, 
	CONSTRAINT fk_decision_review_id_review FOREIGN KEY(review_id) REFERENCES review (id), 
	CONSTRAINT uq_decision_review_id_item_id UNIQUE (review_id, item_id)
);

CREATE TABLE follow_up (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	review_id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	text TEXT NOT NULL, 
	owner TEXT, 
	due_on DATE, 
	actor TEXT NOT NULL, 
	time DATETIME NOT NULL, resolution TEXT CONSTRAINT ck_follow_up_resolution CHECK (resolution IN ('done', 'dropped')), 
	CONSTRAINT fk_follow_up_review_id_review FOREIGN KEY(review_id) REFERENCES review (id)
);

CREATE TABLE "item" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" TEXT NOT NULL, 
	category_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	severity VARCHAR(16), 
	status VARCHAR(16) NOT NULL, 
	effort VARCHAR(16), 
	owner TEXT, 
	due_on DATE, 
	opened_on DATE, 
	accepted_by TEXT, 
	accepted_until DATE, 
	affected_text TEXT, 
	affected_count BIGINT, 
	affected_percent FLOAT, 
	origin TEXT, 
	version INTEGER NOT NULL, 
	created DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	title TEXT, 
	description TEXT NOT NULL, 
	status_note TEXT, 
	components_text TEXT, 
	mitigation_plan TEXT, 
	extra JSON, links TEXT, 
	CONSTRAINT fk_item_category_id_category FOREIGN KEY(category_id) REFERENCES category (id), 
	CONSTRAINT uq_item_key UNIQUE ("key"), 
	CONSTRAINT ck_item_severity CHECK (severity IN ('Critical', 'High', 'Medium', 'Low')), 
	CONSTRAINT ck_item_status CHECK (status IN ('Open', 'In Progress', 'Mitigated', 'Accepted')), 
	CONSTRAINT ck_item_effort CHECK (effort IN ('S', 'M', 'L', 'XL'))
);

CREATE TABLE signal (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	source TEXT NOT NULL, 
	name TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	state TEXT NOT NULL, 
	starts DATETIME NOT NULL, 
	ends DATETIME, 
	muted_until DATE, 
	severity TEXT, 
	summary TEXT, 
	labels JSON, 
	link TEXT, 
	origin TEXT, 
	last_seen DATETIME, 
	count INTEGER, 
	CONSTRAINT ck_signal_state CHECK (state IN ('firing', 'resolved')), 
	CONSTRAINT uq_signal_source_fingerprint UNIQUE (source, fingerprint)
);

CREATE TABLE signal_item (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	signal_id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	attached INTEGER NOT NULL, 
	CONSTRAINT ck_signal_item_attached CHECK (attached IN (0, 1)), 
	CONSTRAINT fk_signal_item_signal_id_signal FOREIGN KEY(signal_id) REFERENCES signal (id), 
	CONSTRAINT uq_signal_item_signal_id_item_id UNIQUE (signal_id, item_id)
);

CREATE TABLE signal_rule (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	matchers TEXT NOT NULL, 
	item_id INTEGER, 
	label TEXT, 
	position INTEGER NOT NULL, 
	CONSTRAINT ck_signal_rule_target CHECK ((item_id IS NULL) <> (label IS NULL))
);

CREATE INDEX ix_item_component_component ON item_component (component_id, item_id);

CREATE INDEX ix_dependency_target ON dependency (target_id);

CREATE INDEX ix_change_actor ON change (actor, batch);

CREATE INDEX ix_change_batch ON change (batch);

CREATE INDEX ix_change_entity ON change (entity, entity_id, sequence);

CREATE INDEX ix_change_key ON change ("key");

CREATE INDEX ix_change_reverses ON change (reverses);

CREATE INDEX ix_decision_item ON decision (item_id, time);

CREATE INDEX ix_follow_up_item ON follow_up (item_id);

CREATE INDEX ix_item_count ON item (category_id, status, severity);

CREATE INDEX ix_item_owner ON item (owner);

CREATE INDEX ix_item_place ON item (category_id, position, id, status, severity);

CREATE INDEX ix_item_policy ON item (accepted_until, due_on, status, severity, opened_on, created, affected_percent, affected_count, owner, category_id);

CREATE INDEX ix_signal_state ON signal (state, muted_until);

CREATE INDEX ix_signal_name ON signal (name);

CREATE INDEX ix_signal_item_item ON signal_item (item_id, attached, signal_id);

CREATE TRIGGER change_is_never_changed BEFORE UPDATE ON change BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

CREATE TRIGGER change_is_never_removed BEFORE DELETE ON change BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
