/** The servers that docker-compose.yml runs, for the contract suites; only where Docker is present. */
package dev.darkroom.worker.containers;
