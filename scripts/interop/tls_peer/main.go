// A TLS peer in Go's standard library, for the interop checks. It prints one JSON line about the connection.
//
//	peer client ADDRESS FOLDER GROUP    asks for /health; GROUP is hybrid or classical
//	peer server FOLDER                  prints its port, answers one connection
//
// FOLDER holds node.pem, node-key.pem and authority.pem.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 4 && arguments[0] == "client":
		return client(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 2 && arguments[0] == "server":
		return server(arguments[1])
	}
	return fmt.Errorf("usage: peer client ADDRESS FOLDER hybrid|classical | peer server FOLDER")
}

func configuration(folder string) (*tls.Config, error) {
	own, err := tls.LoadX509KeyPair(filepath.Join(folder, "node.pem"), filepath.Join(folder, "node-key.pem"))
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(folder, "authority.pem"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("authority.pem holds no certificate")
	}
	return &tls.Config{
		Certificates: []tls.Certificate{own}, RootCAs: roots, ClientCAs: roots, ClientAuth: tls.RequireAndVerifyClientCert,
		MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519MLKEM768},
	}, nil
}

func client(address, folder, group string) error {
	config, err := configuration(folder)
	if err != nil {
		return err
	}
	if group == "classical" {
		config.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
	}
	connection, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", address, config)
	if err != nil {
		return err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(connection, "GET /health HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", address)
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return err
	}
	return report(connection.ConnectionState(), strings.TrimSpace(line))
}

func server(folder string) error {
	config, err := configuration(folder)
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	accepted, err := listener.Accept()
	if err != nil {
		return err
	}
	connection := accepted.(*tls.Conn)
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(10 * time.Second))
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return err
	}
	fmt.Fprint(connection, line)
	return report(connection.ConnectionState(), strings.TrimSpace(line))
}

func report(state tls.ConnectionState, line string) error {
	peer := state.PeerCertificates[0]
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"version": tls.VersionName(state.Version), "group": state.CurveID.String(), "algorithm": peer.PublicKeyAlgorithm.String(),
		"signature": peer.SignatureAlgorithm.String(), "peer": peer.URIs[0].String(), "line": line,
	})
}
