# Builds and deploys without SAM's beta features: cargo-lambda builds each function, SAM deploys what was built.
#
#   make build                        arm64, as the template's default
#   make build ARCHITECTURE=x86_64
#   make deploy PARAMETERS="MicrosoftAppId=… MicrosoftAppTenantId=… MicrosoftAppPasswordSecretId=…"

ARCHITECTURE ?= arm64
PARAMETERS ?=
DEPLOY_FLAGS ?= --guided
BUILT := .aws-sam/make
FUNCTIONS := messages notify deliver tasks polls watch
TARGET_FLAG := $(if $(filter x86_64,$(ARCHITECTURE)),--x86-64,--arm64)

.PHONY: build deploy validate clean $(FUNCTIONS)

# One function at a time: Cargo unifies features over everything it builds together.
build: $(FUNCTIONS) $(BUILT)/template.yaml

$(FUNCTIONS):
	cargo lambda build --release $(TARGET_FLAG) $(LAMBDA_FLAGS) -p $@
	mkdir -p $(BUILT)/$@
	cp "$${CARGO_TARGET_DIR:-target}/lambda/$@/bootstrap" $(BUILT)/$@/bootstrap

# The same template, with the built folders in the place of the sources.
$(BUILT)/template.yaml: template.yaml
	mkdir -p $(BUILT)
	sed -e 's#CodeUri: functions/#CodeUri: #' -e '/BuildMethod: rust-cargolambda/d' $< > $@

deploy: build
	sam deploy --template-file $(BUILT)/template.yaml $(DEPLOY_FLAGS) \
	  --parameter-overrides Architecture=$(ARCHITECTURE) $(PARAMETERS)

validate:
	sam validate --lint

clean:
	rm -rf .aws-sam
