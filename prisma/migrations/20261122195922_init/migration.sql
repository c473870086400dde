-- CreateTable
CREATE TABLE "accounts" (
    "account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "access_keys" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "sealed_secret" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "access_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "secrets" (
    "name" TEXT NOT NULL,
    "sealed_value" TEXT NOT NULL,

    CONSTRAINT "secrets_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "account_settings" (
    "account_id" TEXT NOT NULL,
    "is_session_manager_enabled" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "account_settings_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "activations" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "instance_name" TEXT,
    "description" TEXT NOT NULL,
    "instance_count" INTEGER NOT NULL,
    "time_to_live_hours" INTEGER NOT NULL,
    "ip_address_range" TEXT,
    "tags" JSONB NOT NULL,
    "is_disabled" BOOLEAN NOT NULL,
    "registered_count" INTEGER NOT NULL,
    "deregistered_count" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "activations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "instances" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "machine_id" TEXT NOT NULL,
    "public_key_pem" TEXT NOT NULL,
    "os_type" TEXT NOT NULL,
    "os_version" TEXT NOT NULL,
    "agent_version" TEXT NOT NULL,
    "intranet_ip" TEXT NOT NULL,
    "internet_ip" TEXT NOT NULL,
    "tags" JSONB NOT NULL,
    "activation_id" TEXT NOT NULL,
    "registered_at" TIMESTAMPTZ(3) NOT NULL,
    "last_heartbeat_at" TIMESTAMPTZ(3),

    CONSTRAINT "instances_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "instance_id" TEXT NOT NULL,
    "principal_arn" TEXT NOT NULL,
    "principal_id" TEXT NOT NULL,
    "identity_type" TEXT NOT NULL,
    "client_ip" TEXT NOT NULL,
    "port_number" INTEGER,
    "target_server" TEXT,
    "username" TEXT,
    "command_line" TEXT,
    "state" TEXT NOT NULL,
    "node_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "url_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "opened_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "failed_detail" TEXT,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency" (
    "account_id" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "client_token" TEXT NOT NULL,
    "parameters_hash" TEXT NOT NULL,
    "sealed_result" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_pkey" PRIMARY KEY ("account_id","action","client_token")
);

-- CreateIndex
CREATE INDEX "accounts_created_at_account_id_idx" ON "accounts"("created_at", "account_id");

-- CreateIndex
CREATE INDEX "access_keys_account_id_created_at_id_idx" ON "access_keys"("account_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "activations_account_id_region_created_at_id_idx" ON "activations"("account_id", "region", "created_at", "id");

-- CreateIndex
CREATE INDEX "instances_account_id_region_registered_at_id_idx" ON "instances"("account_id", "region", "registered_at", "id");

-- CreateIndex
CREATE INDEX "instances_activation_id_idx" ON "instances"("activation_id");

-- CreateIndex
CREATE INDEX "sessions_account_id_region_created_at_id_idx" ON "sessions"("account_id", "region", "created_at", "id");

-- CreateIndex
CREATE INDEX "sessions_account_id_region_instance_id_created_at_id_idx" ON "sessions"("account_id", "region", "instance_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "sessions_region_state_idx" ON "sessions"("region", "state");

-- CreateIndex
CREATE INDEX "idempotency_expires_at_idx" ON "idempotency"("expires_at");

-- AddForeignKey
ALTER TABLE "access_keys" ADD CONSTRAINT "access_keys_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("account_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account_settings" ADD CONSTRAINT "account_settings_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("account_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "activations" ADD CONSTRAINT "activations_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("account_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "instances" ADD CONSTRAINT "instances_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("account_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("account_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency" ADD CONSTRAINT "idempotency_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "accounts"("account_id") ON DELETE RESTRICT ON UPDATE CASCADE;
